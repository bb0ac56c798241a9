//! `lianhu demo`: an invented community with a quarter of requests behind it, served like any
//! other, with a way in for every role. Standard output says where; everything else goes to
//! standard error.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use access::Role;
use anyhow::{Context, Result, bail};
use clap::Args;
use db::Db;
use gate::{Chance, Refusal};
use kernel::{AccountId, Clock, CommunityId, SystemClock};
use serde::{Deserialize, Serialize};
use sim::{Community, Founded, Quarter};
use web::Secret;

use crate::Where;
use crate::compose::{self, Edge, MODULES};
use crate::serve::{self, say};

/// The same community for everybody who tries the demo.
const SEED: u64 = 20_230_727;

/// A finished demo tells here who may come in. Written last.
const MARK: &str = "demo.json";

/// Whose links are made: the word of `link ROLE URL`, the catalogue's key, the role, and which of
/// those who have it.
const LINKS: [(&str, &str, Role, usize); 6] = [
    ("liaison", "role.liaison", Role::Liaison, 0),
    ("grid_head", "role.grid_head", Role::GridHead, 0),
    ("clerk", "role.clerk", Role::Clerk, 0),
    ("clerk2", "access.demo_clerk2", Role::Clerk, 1),
    ("secretary", "role.secretary", Role::Secretary, 0),
    ("administrator", "role.administrator", Role::Administrator, 0),
];

#[derive(Args)]
pub struct Demo {
    /// Directory of the demo's data. An empty one is filled, a demo kept there goes on.
    #[arg(long, default_value = "demo-data", value_name = "DIR")]
    data: PathBuf,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR")]
    listen: SocketAddr,
}

/// What a demo knows of itself when it is started again.
#[derive(Serialize, Deserialize)]
struct Kept {
    community: CommunityId,
    /// In the order of [`LINKS`].
    accounts: Vec<AccountId>,
    /// Opens the request that waits for its resident's word.
    query_code: String,
}

/// A way in.
struct Link {
    role: &'static str,
    word: &'static str,
    path: String,
}

impl Demo {
    pub fn run(self) -> Result<()> {
        let at = Where::new(self.data, None);
        let kept = match read(&at)? {
            Some(kept) => kept,
            None => found(&at)?,
        };
        let db = at.open(true)?;
        let links = links(&db, &kept)?;
        let shown = links.iter().map(|link| (link.word.to_owned(), link.path.clone())).collect();
        let house = compose::house(db, Edge { demo_links: shown, ..Edge::default() })?;
        serve::run(house, &at, self.listen, |base| {
            for Link { role, path, .. } in &links {
                say(&format!("link {role} {base}{path}"));
            }
            say(&format!("请用浏览器打开 {base} 选一个身份进去；按 Ctrl+C 结束。"));
            say(&format!("Open {base} in a browser and choose who to be; Ctrl+C ends the demo."));
        })
    }
}

/// The demo kept in this directory, none when it is empty.
fn read(at: &Where) -> Result<Option<Kept>> {
    at.prepare()?;
    let place = at.data.display();
    match std::fs::read(at.data.join(MARK)) {
        Ok(kept) => {
            let kept = serde_json::from_slice(&kept);
            kept.map(Some).with_context(|| format!("{MARK} in {place} is not ours"))
        }
        Err(_) if at.data.join("lianhu.db").exists() => bail!(
            "{place} holds a community that is no demo, or one that was not finished: \
             name another directory by --data, or delete it"
        ),
        Err(_) => Ok(None),
    }
}

/// Makes the community and lives through its quarter.
fn found(at: &Where) -> Result<Kept> {
    let db = at.open(true)?;
    let now = SystemClock::default().now();
    progress("founding a community of 3,500 invented residents…");
    let founded = Community::found(&db, SEED, now)?;
    let quarter = Quarter { db: &db, modules: MODULES, seed: SEED, now };
    let told = quarter.live(&founded, |done, of| {
        if done.is_multiple_of(20) || done == of {
            progress(&format!("a quarter of requests: {done} of {of} steps"));
        }
    })?;
    eprintln!();
    sim::change_hands(&db, &founded, SystemClock::default().now())?;
    db.close();
    let accounts = LINKS.iter().map(|(_, _, role, nth)| account(&founded, *role, *nth));
    let kept = Kept {
        community: founded.community,
        accounts: accounts.collect::<Result<Vec<AccountId>>>()?,
        query_code: told.query_code,
    };
    std::fs::write(at.data.join(MARK), serde_json::to_vec(&kept)?)
        .with_context(|| format!("cannot write {MARK}"))?;
    Ok(kept)
}

fn account(founded: &Founded, role: Role, nth: usize) -> Result<AccountId> {
    let found = founded.logins.iter().filter(|login| login.role == role).nth(nth);
    Ok(found.with_context(|| format!("the demo has no {}", role.word()))?.account)
}

/// New cards for everybody: an old link is dead, nobody has to keep one.
fn links(db: &Db, kept: &Kept) -> Result<Vec<Link>> {
    let (chance, now) = (Chance::system(), SystemClock::default().now());
    let cards: Vec<(AccountId, Secret)> = kept
        .accounts
        .iter()
        .map(|account| (*account, Secret::new(kept.community, &chance)))
        .collect();
    let written = cards.clone();
    db.write_blocking(move |tx| {
        for (account, secret) in &written {
            access::seed::card(tx, *account, chance.id(now), (secret, None), now)?;
        }
        Ok::<(), Refusal>(())
    })?;
    let ways = LINKS.iter().zip(cards).map(|((role, word, ..), (_, secret))| Link {
        role,
        word,
        path: format!("/enter/{}", secret.reveal()),
    });
    let resident = Link {
        role: "resident",
        word: "access.demo_resident",
        path: format!("/q/{}", kept.query_code),
    };
    Ok(ways.chain([resident]).collect())
}

/// One line on standard error, written over the one before.
fn progress(line: &str) {
    let mut out = std::io::stderr().lock();
    // Whoever closed it does not want to know.
    let _ = write!(out, "\r\x1b[K{line}");
    let _ = out.flush();
}
