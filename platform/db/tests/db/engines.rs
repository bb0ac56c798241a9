//! Where tests run: an empty place per test and engine.

use db::private_postgres::{Database, Server};
use db::{Config, Db, Error, Migration, Tx, Url};
use std::time::Duration;
use tempfile::TempDir;

/// An empty database that nobody else uses.
pub struct Place {
    pub url: Url,
    pub dir: TempDir,
    _database: Option<Database>,
}

impl Place {
    pub fn sqlite() -> Place {
        let dir = tempfile::tempdir().unwrap();
        Place { url: Url::Sqlite(dir.path().join("test.db")), dir, _database: None }
    }

    pub fn postgres() -> Place {
        let database = Server::shared().unwrap().fresh_database().unwrap();
        let url = Url::Postgres(database.url.clone());
        Place { url, dir: tempfile::tempdir().unwrap(), _database: Some(database) }
    }

    pub fn config(&self) -> Config {
        Config { readers: 2, writers: 4, ..Config::new(self.url.clone()) }
    }

    pub fn open(&self) -> Db {
        Db::open(&self.config()).unwrap()
    }

    /// An open database with a table of accounts: `account(id, name, balance)`.
    pub fn open_with_accounts(&self) -> Db {
        self.with_accounts(&self.config())
    }

    pub fn with_accounts(&self, config: &Config) -> Db {
        let db = Db::open(config).unwrap();
        db.migrate(&[ACCOUNTS]).unwrap();
        db
    }

    pub fn impatient(&self) -> Config {
        Config { time_limit: Duration::from_millis(300), ..self.config() }
    }
}

/// Runs a test on both engines.
pub fn each_engine(test: impl Fn(&Place)) {
    test(&Place::sqlite());
    test(&Place::postgres());
}

pub const ACCOUNTS: Migration = Migration {
    module: "bank",
    number: 1,
    name: "accounts",
    sql: "create table account(id {int} not null primary key, name text not null unique,
                               balance {int} not null check (balance >= 0));",
};

db::sql! {
    module "bank";
    ADD = "insert into account(id, name, balance) values ($1, $2, $3)";
    ADD_ONCE = "insert into account(id, name, balance) values ($1, $2, $3)
                on conflict (id) do nothing";
    COUNT = "select count(*) from account";
    BALANCE = "select balance from account where id = $1";
    COUNT_UP = "update account set balance = balance + 1 where id = $1";
    SET = "update account set balance = $3 where id = $1 and balance = $2";
    NAMES = "select name from account order by id";
    ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n)
               select count(*) from n";
    FLOOD = "insert into account(id, name, balance)
             with recursive n(i) as (select 100 union all select i + 1 from n)
             select i, 'flood ' || i, 0 from n";
}

pub fn add(tx: &mut Tx<'_>, id: i64, balance: i64) -> Result<(), Error> {
    tx.exec_one(&ADD, &db::params![id, format!("account {id}"), balance])
}

pub fn count(db: &Db) -> i64 {
    db.read_blocking(|tx| tx.row(&COUNT, &[])?.unwrap().int(0)).unwrap()
}
