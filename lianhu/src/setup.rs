//! Beginnings: the first community, the way in of the one who looks after it, and the tokens of
//! programs. Everything here is typed at the machine itself, by whoever owns the data directory.

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use db::{Db, Tx};
use gate::{Chance, Refusal};
use kernel::{AccountId, Clock, CommunityId, Instant, Line, SystemClock};
use web::Secret;

use crate::Where;
use crate::compose::{self, told};
use crate::serve::say;

/// Longest name of a community, an account or a program.
const NAME_MAX: usize = 80;

/// Accounts that unnamed tokens may make for one role; who needs more names them.
const UNNAMED_MAX: usize = 1_000;

#[derive(Args)]
pub struct Init {
    #[command(flatten)]
    at: Where,
    /// What the community is called: 石狮社区
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The office's telephone, shown to residents.
    #[arg(long, value_name = "PHONE", default_value = "")]
    phone: String,
    /// How colleagues call the one who looks after the program.
    #[arg(long, value_name = "NAME", default_value = "管理员")]
    administrator: String,
}

#[derive(Args)]
pub struct Token {
    #[command(flatten)]
    at: Where,
    /// What the token may do: everything that this role may.
    #[arg(long, value_enum)]
    role: TokenRole,
    /// Whose token it is. An account of that name and role gets one more token; otherwise it is
    /// made. Without a name every token has an account of its own.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

#[derive(Args)]
pub struct LostPhone {
    #[command(flatten)]
    at: Where,
    /// The name they sign in by.
    #[arg(long, value_name = "NAME")]
    name: String,
}

/// The roles a program may have.
#[derive(Clone, Copy, ValueEnum)]
enum TokenRole {
    /// Liaison rep.
    Liaison,
    /// Head of a grid.
    #[value(alias = "grid_head")]
    GridHead,
    /// Clerk of the community office.
    Clerk,
    /// Secretary.
    Secretary,
    /// Sets the system up; sees no resident's data.
    Administrator,
    /// Reads the journal.
    Auditor,
    /// A department called in.
    Department,
}

impl From<TokenRole> for access::Role {
    fn from(role: TokenRole) -> access::Role {
        match role {
            TokenRole::Liaison => access::Role::Liaison,
            TokenRole::GridHead => access::Role::GridHead,
            TokenRole::Clerk => access::Role::Clerk,
            TokenRole::Secretary => access::Role::Secretary,
            TokenRole::Administrator => access::Role::Administrator,
            TokenRole::Auditor => access::Role::Auditor,
            TokenRole::Department => access::Role::Department,
        }
    }
}

/// The path of a one-time link that founds the first community, while there is none.
///
/// # Errors
/// Those of the database.
pub fn link_if_empty(db: &Db) -> Result<Option<String>> {
    let (chance, now) = (Chance::system(), SystemClock::default().now());
    let secret = Secret::new(CommunityId::new_at(now, chance.bytes()), &chance);
    let made = db.write_blocking(move |tx| {
        let empty = registry::communities::first(tx)?.is_none();
        if empty {
            access::seed::set_up_link(tx, &secret, now)?;
        }
        Ok::<bool, Refusal>(empty)
    })?;
    Ok(made.then(|| format!("/set-up/{}", secret.reveal())))
}

impl Init {
    pub fn run(self) -> Result<()> {
        let community = name("--name", &self.name)?;
        let administrator = name("--administrator", &self.administrator)?;
        let phone = self.phone.trim().to_owned();
        if !phone.is_empty() {
            registry::check_phone(&phone).map_err(|fault| told(&fault)).context("--phone")?;
        }
        // A running server keeps its home community in memory: it must not be founded beside it.
        let db = self.at.open(true)?;
        if let Some(home) = compose::home(&db)? {
            bail!("there is a community already: {}; nothing was changed", home.name);
        }
        let (chance, now) = (Chance::system(), SystemClock::default().now());
        let card = Secret::new(CommunityId::new_at(now, chance.bytes()), &chance);
        db.write_blocking(move |tx| {
            registry::communities::create(tx, card.community, &community, &phone, now)?;
            let roles = [access::Role::Administrator, access::Role::Clerk];
            let account = add_account(tx, card.community, &administrator, &roles, &chance, now)?;
            access::seed::card(tx, account, chance.id(now), (&card, None), now)
        })?;
        db.close();
        say(&format!("made: {}", self.name.trim()));
        say("the administrator enters by this link, on the address that `lianhu serve` prints:");
        say(&format!("/enter/{}", card.reveal()));
        Ok(())
    }
}

impl Token {
    pub fn run(self) -> Result<()> {
        let wanted = self.name.as_deref().map(|text| name("--name", text)).transpose()?;
        let db = self.at.open_existing()?;
        let community = compose::only_community(&db)?;
        let (chance, now) = (Chance::system(), SystemClock::default().now());
        let secret = Secret::new(community, &chance);
        let role = access::Role::from(self.role);
        db.write_blocking(move |tx| {
            let account = account_for(tx, community, role, wanted.as_deref(), &chance, now)?;
            access::seed::token(tx, account, &secret, "cli", now)
        })?;
        db.close();
        say(&secret.reveal());
        Ok(())
    }
}

impl LostPhone {
    pub fn run(self) -> Result<()> {
        let db = self.at.open_existing()?;
        let secret = Secret::new(compose::only_community(&db)?, &Chance::system());
        let (now, name) = (SystemClock::default().now(), self.name.clone());
        let made = db.write_blocking(move |tx| access::seed::lost_link(tx, &name, &secret, now))?;
        db.close();
        if !made {
            bail!("nobody signs in as {} with codes from a phone; nothing was changed", self.name);
        }
        say("valid once and for seven days, on the address that `lianhu serve` prints:");
        say(&format!("/sign-in/lost/{}", secret.reveal()));
        Ok(())
    }
}

/// The account of that name and role, made when there is none.
fn account_for(
    tx: &mut Tx<'_>,
    community: CommunityId,
    role: access::Role,
    wanted: Option<&str>,
    chance: &Chance,
    now: Instant,
) -> Result<AccountId, Refusal> {
    let colleagues = access::colleagues(tx, community, now)?;
    let taken = |name: &str| colleagues.iter().any(|one| one.name == name);
    let fresh = match wanted {
        Some(name) => {
            let known = colleagues.iter().find(|one| one.name == name && one.has(role));
            if let Some(known) = known {
                return Ok(known.account);
            }
            name.to_owned()
        }
        // Who did what stays apart: one program may check with a resident what another answered.
        None => (1..=UNNAMED_MAX)
            .map(|number| format!("{} {number}", role.word()))
            .find(|name| !taken(name))
            .ok_or_else(|| Refusal::Defect("too many unnamed tokens: give --name".to_owned()))?,
    };
    add_account(tx, community, &fresh, &[role], chance, now)
}

/// Enters an account with roles from now on.
pub fn add_account(
    tx: &mut Tx<'_>,
    community: CommunityId,
    name: &str,
    roles: &[access::Role],
    chance: &Chance,
    now: Instant,
) -> Result<AccountId, Refusal> {
    let id = AccountId::from_uuid(chance.id(now));
    let account = access::Account {
        id,
        name: name.to_owned(),
        sign_in_name: None,
        person: None,
        created_at: now,
    };
    access::seed::account(tx, community, &account)?;
    for role in roles.iter().copied() {
        let term = access::Term { id: chance.id(now), role, grid: None, from: now, until: None };
        access::seed::role(tx, community, id, &term)?;
    }
    Ok(id)
}

/// A name as people may type it, or what is wrong with it.
fn name(option: &'static str, text: &str) -> Result<String> {
    let line = Line::<NAME_MAX>::parse(text).map_err(|fault| told(&fault)).context(option)?;
    Ok(line.as_str().to_owned())
}
