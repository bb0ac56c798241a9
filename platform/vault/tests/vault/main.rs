//! The vault on both engines: fields, forgetting, and keys that are replaced while everything goes
//! on.

mod replacing;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use db::private_postgres::{Database, Server};
use db::{Config, Db, Engine, Url};
use kernel::{CommunityId, Instant};
use uuid::Uuid;
use vault::master::{self, Master, Ring};
use vault::{Suite, Vault, VaultError};

/// Where a test's data lie; they live as long as this does.
pub struct Place {
    folder: tempfile::TempDir,
    database: Option<Database>,
}

impl Place {
    fn new(engine: Engine) -> Place {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let server = Server::shared().expect("a server");
                Some(server.fresh_database().expect("a database"))
            }
        };
        Place { folder: tempfile::tempdir().expect("a folder"), database }
    }

    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("vault.key")
    }

    fn url(&self) -> Url {
        match &self.database {
            Some(database) => Url::Postgres(database.url.clone()),
            None => Url::Sqlite(self.folder.path().join("lianhu.db")),
        }
    }

    /// The database as a process has it that holds the key file's ring.
    pub fn open(&self, suite: Suite) -> Db {
        let ring = master::create(&self.key_file(), &random).expect("a key file");
        let vault = Vault::new(ring, Some(self.key_file()), suite, random);
        self.open_with(vault).expect("the right key")
    }

    pub fn open_with(&self, vault: Vault) -> Result<Db, VaultError> {
        let mut config = Config::new(self.url());
        (config.readers, config.writers) = (1, 2);
        let db = Db::open(&config).expect("a database");
        db.migrate(vault::MIGRATIONS).expect("migrated");
        vault.attach(&db).map(|()| db)
    }
}

/// Tells a test on both engines and with both suites.
pub fn everywhere(test: impl Fn(&Place, Suite)) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        for suite in Suite::ALL {
            eprintln!("{engine:?} {suite:?}");
            test(&Place::new(engine), suite);
        }
    }
}

/// Bytes that are never the same twice.
pub fn random(bytes: &mut [u8]) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    for chunk in bytes.chunks_mut(8) {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mixed = (number ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 29)).to_le_bytes();
        chunk.copy_from_slice(&mixed[..chunk.len()]);
    }
}

pub fn community() -> CommunityId {
    CommunityId::from_uuid(Uuid::from_u128(0xc0))
}

pub fn found(db: &Db, community: CommunityId) {
    db.write_blocking(move |tx| vault::found(tx, community)).expect("founded");
}

/// Seals a text under a new key for this subject.
pub fn seal(db: &Db, subject: Uuid, text: &'static str) -> Vec<u8> {
    let sealed = db.write_blocking(move |tx| {
        let keys = vault::keys(tx, community())?;
        keys.new_subject(tx, subject)?.seal("persons", "name", text)
    });
    sealed.expect("sealed")
}

/// What a field of the subject says; none if its key is gone.
pub fn read(db: &Db, subject: Uuid, sealed: &[u8]) -> Result<Option<String>, VaultError> {
    let sealed = sealed.to_vec();
    db.read_blocking(move |tx| {
        let keys = vault::keys(tx, community())?;
        let key = keys.subject(tx, subject)?;
        key.map(|key| key.open("persons", "name", &sealed)).transpose()
    })
}

pub fn subject(number: u128) -> Uuid {
    Uuid::from_u128(0x5000 + number)
}

#[test]
fn a_field_opens_again_in_another_process() {
    everywhere(|place, suite| {
        let db = place.open(suite);
        found(&db, community());
        let sealed = seal(&db, subject(1), "夏爹");
        assert_eq!(sealed[0], suite.id());
        assert!(!sealed.windows(6).any(|window| window == "夏爹".as_bytes()));
        db.close();
        let db = place.open(suite);
        assert_eq!(read(&db, subject(1), &sealed).expect("opens").as_deref(), Some("夏爹"));
        // To found a community twice changes nothing.
        found(&db, community());
        assert_eq!(read(&db, subject(1), &sealed).expect("opens").as_deref(), Some("夏爹"));
    });
}

#[test]
fn both_suites_lie_side_by_side() {
    let place = Place::new(Engine::Sqlite);
    let db = place.open(Suite::International);
    found(&db, community());
    let older = seal(&db, subject(1), "夏爹");
    vault::rotate::begin(&db, community(), Some(Suite::National)).expect("begun");
    let newer = seal(&db, subject(2), "曾娭毑");
    assert_eq!((older[0], newer[0]), (Suite::International.id(), Suite::National.id()));
    while vault::rotate::round(&db, community()).expect("a round") > 0 {}
    assert_eq!(read(&db, subject(1), &older).expect("opens").as_deref(), Some("夏爹"));
    assert_eq!(read(&db, subject(2), &newer).expect("opens").as_deref(), Some("曾娭毑"));
}

#[test]
fn another_subject_s_key_opens_nothing() {
    everywhere(|place, suite| {
        let db = place.open(suite);
        found(&db, community());
        let sealed = seal(&db, subject(1), "夏爹");
        seal(&db, subject(2), "曾娭毑");
        let refused = read(&db, subject(2), &sealed).expect_err("refused");
        assert!(matches!(refused, VaultError::Unreadable { table: "persons", .. }), "{refused}");
        assert_eq!(read(&db, subject(3), &sealed).expect("no key"), None);
    });
}

#[test]
fn a_rolled_back_transaction_leaves_no_key() {
    everywhere(|place, suite| {
        let db = place.open(suite);
        found(&db, community());
        let lost: Result<(), VaultError> = db.write_blocking(|tx| {
            let keys = vault::keys(tx, community())?;
            keys.new_subject(tx, subject(1))?;
            Err(VaultError::NoVault)
        });
        assert!(lost.is_err());
        assert_eq!(read(&db, subject(1), &[]).expect("no key"), None);
        seal(&db, subject(1), "夏爹");
    });
}

#[test]
fn a_destroyed_key_is_gone_for_good_and_is_seen_to_be() {
    everywhere(|place, suite| {
        let db = place.open(suite);
        found(&db, community());
        let sealed = seal(&db, subject(1), "夏爹");
        let other = seal(&db, subject(2), "曾娭毑");
        let now = Instant::from_micros(1);
        let destroy = move |tx: &mut db::Tx<'_>| vault::destroy(tx, community(), subject(1), now);
        assert!(db.write_blocking(destroy).expect("destroyed"));
        assert!(!db.write_blocking(destroy).expect("nothing to destroy"));
        assert_eq!(read(&db, subject(1), &sealed).expect("no key"), None);
        assert_eq!(read(&db, subject(2), &other).expect("opens").as_deref(), Some("曾娭毑"));
        let again = db.write_blocking(|tx| {
            let keys = vault::keys(tx, community())?;
            keys.new_subject(tx, subject(1)).map(drop)
        });
        assert!(matches!(again, Err(VaultError::Db(db::Error::Constraint { .. }))), "{again:?}");
        let status = vault::rotate::status(&db).expect("status");
        let one = &status.communities[0];
        assert_eq!((one.wrapped, one.behind, one.destroyed), (1, 0, 1));
    });
}

#[test]
fn the_wrong_master_key_is_refused_at_the_start() {
    everywhere(|place, suite| {
        let db = place.open(suite);
        found(&db, community());
        db.close();
        let other = Master::new(&random);
        let (right, wrong) = (
            master::load(&place.key_file()).expect("readable").expect("there"),
            Ring::of(other.clone()),
        );
        let refused = place.open_with(Vault::new(wrong, None, suite, random));
        let told = refused.expect_err("refused").to_string();
        assert!(told.contains(right.last().id()) && told.contains(other.id()), "{told}");
    });
}

#[test]
fn a_database_without_a_vault_or_keys_says_so() {
    let place = Place::new(Engine::Sqlite);
    let db = place.open(Suite::International);
    assert!(matches!(read(&db, subject(1), &[]), Err(VaultError::NoKeys(_))));
    db.close();
    let bare = Db::open(&Config::new(place.url())).expect("a database");
    assert!(matches!(read(&bare, subject(1), &[]), Err(VaultError::NoVault)));
}

#[test]
fn every_statement_is_one_on_both_engines() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let place = Place::new(engine);
        place.open(Suite::International).prepare_all(vault::STATEMENTS).expect("prepared");
    }
}
