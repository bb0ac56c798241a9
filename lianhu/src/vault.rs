//! `lianhu vault`: how the keys stand, and replacing them beside a running server.

use ::vault::{Suite, master, rotate};
use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use db::Db;
use gate::Chance;

use crate::Where;
use crate::serve::say;

#[derive(Subcommand)]
pub enum Vault {
    /// Say which keys are in use and what they wrap. Opens every community's keys, so it fails if
    /// the master key is not the right one.
    Status(Status),
    /// Replace each community's key, or the master key. The server may go on; killed half-way,
    /// everything still opens, and the same command goes on where it stopped.
    Rotate(Rotate),
    /// Print a new master key, for those who keep it in LIANHU_VAULT_KEY instead of a file.
    NewKey,
}

#[derive(Args)]
pub struct Status {
    #[command(flatten)]
    at: Where,
}

#[derive(Args)]
pub struct Rotate {
    #[command(flatten)]
    at: Where,
    /// Replace the master key instead. With the key in a file a new one is made; with a variable
    /// the new one stands in the variable that ends in _NEXT.
    #[arg(long, conflicts_with = "suite")]
    master: bool,
    /// The algorithms of the new key, and of the fields of everybody who is entered from now on.
    #[arg(long, value_enum)]
    suite: Option<SuiteName>,
}

/// The suites by name.
#[derive(Clone, Copy, ValueEnum)]
enum SuiteName {
    /// AES-256-GCM with HMAC-SHA-256.
    Aes,
    /// SM4-GCM with HMAC-SM3 (国密).
    Sm,
}

impl From<SuiteName> for Suite {
    fn from(name: SuiteName) -> Suite {
        match name {
            SuiteName::Aes => Suite::International,
            SuiteName::Sm => Suite::National,
        }
    }
}

impl Vault {
    pub fn run(self) -> Result<()> {
        match self {
            Vault::Status(status) => status.run(),
            Vault::Rotate(rotate) => rotate.run(),
            Vault::NewKey => {
                let chance = Chance::system();
                say(&master::Master::new(&|bytes| chance.fill(bytes)).reveal());
                Ok(())
            }
        }
    }
}

impl Status {
    fn run(self) -> Result<()> {
        let db = self.at.open_existing()?;
        self.at.unlock(&db)?;
        report(&db)?;
        db.close();
        Ok(())
    }
}

/// A line for each key.
fn report(db: &Db) -> Result<()> {
    let status = rotate::status(db)?;
    for id in &status.masters {
        say(&format!("master key {id}"));
    }
    for one in status.communities {
        let rotate::Standing { community, suite, version, wrapped, behind, destroyed } = one;
        say(&format!(
            "community {community}: suite {}, key {version} wraps {wrapped}, {behind} still under \
             an older key, {destroyed} destroyed",
            suite.word()
        ));
    }
    Ok(())
}

impl Rotate {
    fn run(self) -> Result<()> {
        let db = self.at.open_existing()?;
        let done = if self.master { self.master(&db) } else { self.communities(&db) };
        db.close();
        done
    }

    fn master(&self, db: &Db) -> Result<()> {
        let source = self.at.begin_master_change(db)?;
        while rotate::master_round(db)? > 0 {}
        let left = self.at.end_master_change(db, &source)?;
        report(db)?;
        say(&left);
        Ok(())
    }

    fn communities(&self, db: &Db) -> Result<()> {
        self.at.unlock(db)?;
        for one in rotate::status(db)?.communities {
            let community = one.community;
            let began = rotate::begin(db, community, self.suite.map(Suite::from));
            began.with_context(|| format!("community {community}"))?;
            let mut wrapped = 0;
            loop {
                let some = rotate::round(db, community)?;
                wrapped += some;
                if some == 0 {
                    break;
                }
                eprintln!("{community}: {wrapped} keys wrapped anew");
            }
        }
        report(db)
    }
}
