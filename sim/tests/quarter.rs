//! The invented community is whole, the same every time, and its journal verifies.

use std::collections::BTreeMap;
use std::sync::Mutex;

use db::{Config, Db, Url};
use gate::seal::{self, Sealer};
use gate::{Chance, Refusal};
use kernel::Instant;
use requests::model::Stage;
use sha2::{Digest, Sha256};
use sim::{Community, Founded, Quarter, Told};
use tempfile::TempDir;
use web::Module;

const MODULES: &[&Module] = &[&registry::MODULE, &access::MODULE, &requests::MODULE];

db::sql! { module "sim.test";
    STAGES = "select stage, count(*) from requests group by stage";
    RESIDENTS = "select count(*) from household_members where until_at is null";
    HOUSEHOLDS = "select count(*) from households";
    REPS = "select count(distinct account_id) from liaison_assignments";
    LOAD = "select count(*) from liaison_assignments group by account_id";
    BUILDINGS = "select c.name, count(*) from buildings b \
                 join compounds c on c.community_id = b.community_id and c.id = b.compound_id \
                 group by c.name";
    TEXTS = "select count(distinct words) from requests";
    REQUESTS = "select count(*) from requests";
    EMERGENCIES = "select count(*) from requests where emergency is not null and stage <> 'closed'";
    CONFIDENTIAL = "select count(*) from requests where confidential = 1 and stage <> 'closed'";
    LATE = "select count(*) from requests where next_due_at <= $1";
    PARTS = "select count(*) from requests where parent_id is not null";
    LATE_ENDED = "select count(*) from promises where state = 'missed'";
    UNHEARD = "select count(distinct p.request_id) from promises p \
               where p.state = 'missed' and p.ended_at - p.due_at >= 3600000000 \
               and not exists (select 1 from events e where e.community_id = p.community_id \
                 and e.object_id = p.request_id and e.action = 'request.escalate')";
    LATER = "select count(*) from events where at > $1";
    PLACES = "select hex(id) || label || sort from spots order by id";
    PEOPLE = "select id from persons order by id";
    HISTORY = "select hex(id) || hex(object_id) || action || at || hex(salt) || hex(digest) \
               from events order by id";
    CLOCKS = "select hex(request_id) || clock || round || due_at || state from promises \
              order by request_id, clock, round";
}

struct Lived {
    /// Holds the database's file until the test is over.
    _place: TempDir,
    db: Db,
    founded: Founded,
    told: Told,
}

fn now() -> Instant {
    Instant::parse("2026-11-18T15:20:00+08:00").unwrap()
}

fn lived(seed: u64, now: Instant) -> Lived {
    let place = tempfile::tempdir().unwrap();
    let db = Db::open(&Config::new(Url::Sqlite(place.path().join("sim.db")))).unwrap();
    db.migrate(&web::house::migrations(MODULES)).unwrap();
    // What is sealed is replayed too.
    let dice = Mutex::new(fastrand::Rng::with_seed(seed));
    let chance = Chance::from(move |bytes| dice.lock().unwrap().fill(bytes));
    harness::attach_vault_with(&db, chance);
    let founded = Community::found(&db, seed, now).unwrap();
    let quarter = Quarter { db: &db, modules: MODULES, seed, now };
    let told = quarter.live(&founded, |_, _| ()).unwrap();
    Lived { _place: place, db, founded, told }
}

impl Lived {
    fn rows(&self, sql: &'static db::Sql, given: &[db::Value]) -> Vec<db::Row> {
        let given = given.to_vec();
        self.db.read_blocking(move |tx| Ok::<_, Refusal>(tx.rows(sql, &given)?)).unwrap()
    }

    fn count(&self, sql: &'static db::Sql, given: &[db::Value]) -> i64 {
        self.rows(sql, given)[0].int(0).unwrap()
    }

    /// What somebody would see who reads it all.
    fn digest(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        for sql in [&PLACES, &HISTORY, &CLOCKS] {
            for row in self.rows(sql, &[]) {
                hash.update(row.text(0).unwrap().as_bytes());
            }
        }
        for person in self.people() {
            hash.update(person.id.to_string() + &person.name + &person.phone);
            hash.update(person.form_of_address);
            hash.update(person.born_on.map(|day| day.to_string()).unwrap_or_default());
        }
        hash.finalize().to_vec()
    }

    /// Everybody, opened.
    fn people(&self) -> Vec<registry::Person> {
        let community = self.founded.community;
        let ids = self.rows(&PEOPLE, &[]).into_iter().map(|row| row.id(0).unwrap());
        let ids: Vec<_> = ids.map(registry::PersonId::from_uuid).collect();
        let read = move |tx: &mut db::Tx<'_>| {
            let people = ids.iter().map(|id| registry::person(tx, community, *id));
            people.collect::<Result<Vec<_>, Refusal>>()
        };
        self.db.read_blocking(read).unwrap().into_iter().flatten().collect()
    }
}

#[test]
fn the_community_has_the_size_of_the_founding_article() {
    let lived = lived(1, now());
    assert_eq!(lived.count(&RESIDENTS, &[]), 3_500);
    assert_eq!(lived.count(&HOUSEHOLDS, &[]), 1_290);
    assert_eq!(lived.count(&REPS, &[]), 43);
    let loads = lived.rows(&LOAD, &[]);
    assert!(loads.iter().all(|row| (28..=34).contains(&row.int(0).unwrap())));
    let buildings = lived.rows(&BUILDINGS, &[]);
    let buildings: BTreeMap<String, i64> = buildings
        .iter()
        .map(|row| (row.text(0).unwrap().to_owned(), row.int(1).unwrap()))
        .collect();
    assert_eq!((buildings["氮肥厂小区"], buildings["化肥厂小区"]), (23, 6));
    for role in access::Role::ALL {
        assert!(lived.founded.logins.iter().any(|login| login.role == *role), "{role:?}");
    }
}

#[test]
fn a_quarter_leaves_requests_in_every_stage_and_none_in_the_future() {
    let lived = lived(1, now());
    let stages = lived.rows(&STAGES, &[]);
    let stages: BTreeMap<String, i64> =
        stages.iter().map(|row| (row.text(0).unwrap().to_owned(), row.int(1).unwrap())).collect();
    for stage in Stage::ALL.iter().filter(|stage| **stage != Stage::Triaged) {
        assert!(stages.contains_key(stage.word()), "{} of {stages:?}", stage.word());
    }
    let requests = lived.count(&REQUESTS, &[]);
    assert!((85..=110).contains(&requests), "{requests}");
    let open = requests - stages["closed"];
    assert!((12..=24).contains(&open), "{stages:?}");
    assert!(lived.count(&TEXTS, &[]) >= 60);
    assert!(lived.count(&EMERGENCIES, &[]) > 0);
    assert!(lived.count(&CONFIDENTIAL, &[]) > 0);
    assert!(lived.count(&LATE, &db::params![now().micros()]) > 0);
    // Whatever was late for an hour has gone up or was told at the top.
    assert!(lived.count(&LATE_ENDED, &[]) > 0);
    assert_eq!(lived.count(&UNHEARD, &[]), 0);
    assert_eq!(lived.count(&PARTS, &[]), 3);
    assert_eq!(lived.count(&LATER, &db::params![now().micros()]), 0);
    let parsed = access::codes::parse(&lived.told.query_code);
    assert!(parsed.is_some());
}

#[test]
fn the_same_seed_tells_the_same() {
    let (one, same, other) = (lived(7, now()), lived(7, now()), lived(8, now()));
    assert_eq!(one.digest(), same.digest());
    assert_ne!(one.digest(), other.digest());
    // What opens a door is never the same.
    for (one, same) in one.founded.logins.iter().zip(&same.founded.logins) {
        assert_eq!(one.account, same.account);
        assert_ne!(one.card, same.card);
    }
}

#[test]
fn a_quarter_may_end_at_any_moment() {
    for end in [
        "2026-10-05T03:00:00+08:00",
        "2026-11-15T23:59:59+08:00",
        "2026-11-16T08:30:00+08:00",
        "2027-02-20T12:30:00+08:00",
        "2029-06-01T10:00:00+08:00",
    ] {
        let end = Instant::parse(end).unwrap();
        for seed in 20..22 {
            let lived = lived(seed, end);
            assert_eq!(lived.count(&LATER, &db::params![end.micros()]), 0, "{seed} {end:?}");
        }
    }
}

#[test]
fn its_journal_verifies() {
    let lived = lived(1, now());
    let place = tempfile::tempdir().unwrap();
    let key = journal::SigningKey::load_or_create(&place.path().join("journal.key")).unwrap();
    let sealer = Sealer::new(key, &[], "sim");
    while sealer.seal(&lived.db, &Chance::system()).unwrap() > 0 {}
    sealer.sign(&lived.db, now()).unwrap();
    let community = lived.founded.community;
    let verified =
        seal::verify(&lived.db, community, "sim", &[sealer.public_key()], &[], |_| ()).unwrap();
    assert!(verified.is_whole());
    assert_eq!(verified.unsealed, 0);
}
