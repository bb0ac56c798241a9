//! People are sealed: nothing of them is readable in the data, whoever looks for them finds them all
//! the same, and who is erased is gone while everything else stays.

use db::{Config, Db, Engine, Tx};
use gate::Refusal;
use gate::seal::Sealer;
use harness::{Place, Rig, each_engine};
use kernel::Day;
use kernel::codes::CitizenNumber;
use registry::{Person, PersonId, Sex};
use serde_json::json;

use crate::world::{CLERK, MODULES, by_token, community, household, id, settle, token};

/// Invented, and found nowhere else.
const CANARIES: [&str; 8] = [
    "缪金丝雀",
    "缪爹爹",
    "13900007351",
    "1931-07-09",
    "缪改名雀",
    "13900008462",
    "11010519310709731X",
    "mjsq",
];

fn somebody() -> PersonId {
    PersonId::from_uuid(id(0x5EA1ED))
}

fn citizen() -> CitizenNumber {
    // The check sign of the invented number is whichever fits.
    let body = &CANARIES[6][..17];
    let fitting =
        "0123456789X".chars().find_map(|sign| CitizenNumber::parse(&format!("{body}{sign}")).ok());
    fitting.expect("one of eleven signs fits")
}

fn canary(now: kernel::Instant, name: &str, phone: &str) -> Person {
    Person {
        id: somebody(),
        name: name.into(),
        form_of_address: CANARIES[1].into(),
        phone: phone.into(),
        born_on: Day::parse(CANARIES[3]).ok(),
        sex: Sex::Male,
        created_at: now,
    }
}

/// Enters the canary into household 0 and then changes name and telephone.
async fn enter(rig: &Rig) {
    let now = rig.now();
    let entered = rig.db.write(move |tx| {
        registry::seed::person(tx, community(), &canary(now, CANARIES[0], CANARIES[2]))?;
        let span = registry::Span::since(now);
        registry::seed::member(tx, community(), household(0), somebody(), span)?;
        registry::set_citizen_number(tx, community(), somebody(), Some(&citizen()))
    });
    entered.await.unwrap();
    let changed = rig.db.write(move |tx| {
        registry::set_person(tx, community(), &canary(now, CANARIES[4], CANARIES[5]))
    });
    changed.await.unwrap();
}

/// What the data are made of: the file with its log and a backup, or a dump.
fn data(db: &Db) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    // A dump of PostgreSQL waits on a runtime of its own.
    std::thread::scope(|scope| scope.spawn(|| db.backup_to(&copy, |_| ())).join().unwrap())
        .unwrap();
    let mut files = vec![std::fs::read(&copy).unwrap()];
    if let db::Url::Sqlite(path) = &db.config().url {
        for end in ["", "-wal", "-shm"] {
            let mut name = path.clone().into_os_string();
            name.push(end);
            files.extend(std::fs::read(name));
        }
    }
    files
}

/// The canaries that stand in the data, as text or as the hexadecimal digits of a dump.
fn sung(db: &Db) -> Vec<String> {
    let files = data(db);
    let holds = |text: &str| {
        files.iter().any(|file| file.windows(text.len()).any(|window| window == text.as_bytes()))
    };
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let number = citizen();
    let canaries = CANARIES.iter().copied().chain([number.reveal()]);
    canaries.filter(|canary| holds(canary) || holds(&hex(canary))).map(str::to_owned).collect()
}

#[test]
fn nothing_of_a_person_is_readable_in_the_data() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        enter(&rig).await;
        let by_hand = json!({ "name": CANARIES[0], "phone": CANARIES[2], "born_on": CANARIES[3] });
        let people = format!("/api/households/{}/people", household(0));
        rig.post(&token(CLERK), &people, by_hand).await.expect(201);
        assert_eq!(sung(&rig.db), Vec::<String>::new());
        rig.db.checkpoint().unwrap();
        assert_eq!(sung(&rig.db), Vec::<String>::new());
        // Whoever has the key reads it all.
        let read = rig.db.read(|tx| {
            let person = registry::person(tx, community(), somebody())?.unwrap();
            let number = registry::citizen_number(tx, community(), somebody())?;
            Ok::<_, Refusal>((person, number))
        });
        let (person, number) = read.await.unwrap();
        assert!(person == canary(rig.now(), CANARIES[4], CANARIES[5]));
        assert_eq!(number, Some(citizen()));
    });
}

#[test]
fn a_sealed_person_is_found_by_what_people_know_of_them() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        enter(&rig).await;
        let now = rig.now();
        let db = rig.db.clone();
        let found = |text: &str| {
            let (text, db) = (text.to_owned(), db.clone());
            let read = move |tx: &mut Tx<'_>| {
                let found = registry::called(tx, community(), &text, now)?;
                let ours = found.iter().filter(|one| one.person == somebody());
                assert!(ours.clone().all(|one| one.called == CANARIES[1]));
                Ok::<_, Refusal>(ours.count())
            };
            async move { db.read(read).await.unwrap() }
        };
        let number = citizen();
        for text in [
            "缪改名雀",
            "改名",
            "爹爹",
            "mgmq",
            "miaogai",
            "m",
            "8462",
            "139 0000-8462",
            number.reveal(),
        ] {
            assert_eq!(found(text).await, 1, "{text}");
        }
        // The former name and telephone find nobody any more.
        for text in ["金丝", "mjsq", "7351", "13900007351", "王", "x", "8463"] {
            assert_eq!(found(text).await, 0, "{text}");
        }
    });
}

#[test]
fn the_same_citizen_number_finds_every_record() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        enter(&rig).await;
        let twin = PersonId::from_uuid(id(0xF000));
        let found = rig.db.write(move |tx| {
            registry::set_citizen_number(tx, community(), twin, Some(&citizen()))?;
            let both = registry::by_citizen_number(tx, community(), &citizen())?;
            registry::set_citizen_number(tx, community(), twin, None)?;
            let one = registry::by_citizen_number(tx, community(), &citizen())?;
            Ok::<_, Refusal>((both.len(), one, registry::citizen_number(tx, community(), twin)?))
        });
        assert_eq!(found.await.unwrap(), (2, vec![somebody()], None));
    });
}

/// Erasing leaves the household, its count, the event and a journal that verifies.
#[test]
fn who_is_erased_is_gone_and_everything_else_stays() {
    each_engine(MODULES, by_token, |rig| async move {
        settle(&rig).await;
        let people = format!("/api/households/{}/people", household(0));
        let by_hand = json!({ "name": CANARIES[0], "form_of_address": CANARIES[1] });
        let added = rig.post_keyed(&token(CLERK), &people, by_hand.clone(), Some("k")).await;
        let added = added.expect(201).json();
        let person: PersonId = serde_json::from_value(added["person"].clone()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let key = journal::SigningKey::load_or_create(&folder.path().join("key")).unwrap();
        let public = key.public();
        let sealer = Sealer::new(key, std::slice::from_ref(&public), "test");
        sealer.seal(&rig.db, rig.gate().chance()).unwrap();
        sealer.sign(&rig.db, rig.now()).unwrap();

        let now = rig.now();
        let erased = rig.db.write(move |tx| registry::erase_person(tx, community(), person, now));
        assert!(erased.await.unwrap());
        let shown = rig.get(&token(CLERK), &format!("/api/households/{}", household(0))).await;
        let shown = shown.expect(200).json();
        let people_shown = shown["people"].as_array().unwrap();
        assert_eq!(people_shown.len(), 2, "the count stays");
        let one = people_shown.iter().find(|one| one["person"] == added["person"]).unwrap();
        assert_eq!((&one["name"], &one["erased"]), (&json!(""), &json!(true)));
        let cookie = format!("lianhu={}", token(CLERK));
        let page = rig.page(&cookie, &format!("/households/{}", household(0))).await;
        assert!(page.expect(200).text().contains("个人信息已按要求删除"));
        // What was sent is forgotten too: the same receipt is not known to be the same.
        rig.post_keyed(&token(CLERK), &people, by_hand, Some("k")).await.expect(422);

        let verified =
            gate::seal::verify(&rig.db, community(), "test", &[public], &[], |_| ()).unwrap();
        assert_eq!(verified.exit_code(), 0);
        let changed = rig.db.write(move |tx| {
            let person = Person { id: person, ..canary(now, CANARIES[0], CANARIES[2]) };
            registry::set_person(tx, community(), &person)
        });
        assert!(matches!(changed.await, Err(Refusal::NotFound)), "nobody comes back");
    });
}

/// The wrapped key is nowhere in the file once it was destroyed and the log was emptied.
#[test]
fn a_destroyed_key_does_not_lie_about_in_the_file() {
    db::sql! { module "registry.test";
        WRAPPED = "select wrapped from vault_subject_keys where subject_id = $1";
    }
    each_engine(MODULES, by_token, |rig| async move {
        if rig.engine == Engine::Postgres {
            return;
        }
        settle(&rig).await;
        enter(&rig).await;
        let now = rig.now();
        // Many more keys around it, so that pages are split and balanced.
        let more = rig.db.write(move |tx| {
            (0..400u128).try_for_each(|number| {
                let id = PersonId::from_uuid(id((number << 100) | number));
                registry::seed::person(tx, community(), &Person { id, ..canary(now, "甲", "") })
            })
        });
        more.await.unwrap();
        let read = rig.db.read(|tx| {
            let row = tx.row(&WRAPPED, &db::params![somebody().uuid()])?.unwrap();
            Ok::<_, Refusal>(row.bytes(0)?.to_vec())
        });
        let wrapped = read.await.unwrap();
        let lies = |files: Vec<Vec<u8>>| {
            files.iter().any(|file| file.windows(wrapped.len()).any(|window| window == wrapped))
        };
        assert!(lies(data(&rig.db)));
        let erased =
            rig.db.write(move |tx| registry::erase_person(tx, community(), somebody(), now));
        assert!(erased.await.unwrap());
        rig.db.checkpoint().unwrap();
        assert!(!lies(data(&rig.db)));
    });
}

/// Data of a program that kept people in the clear: sealed before anybody is served, and then nowhere
/// in the files.
#[test]
fn what_lay_in_the_clear_is_sealed_and_swept() {
    const BEFORE: u32 = 2;
    db::sql! { module "registry.test.clear";
        COMMUNITY = "insert into communities (id, short_key, name, phone, created_at) \
                     values ($1, 1, '社区', '', 0)";
        CLEAR = "insert into persons (community_id, id, name, name_py, form_of_address, phone, \
                 born_on, sex, created_at) values ($1,$2,$3,$4,$5,$6,$7,1,5)";
    }
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let place = Place::new(engine);
        let db = Db::open(&Config::new(place.url())).unwrap();
        let all = web::house::migrations(MODULES);
        let older = all.iter().filter(|one| one.module != "vault");
        let older = older.filter(|one| one.module != "registry" || one.number <= BEFORE);
        db.migrate(&older.copied().collect::<Vec<_>>()).unwrap();
        let fill = |tx: &mut Tx<'_>| {
            tx.exec(&COMMUNITY, &db::params![community().uuid()])?;
            for number in 0..450 {
                let (name, address, phone) = (CANARIES[0], CANARIES[1], CANARIES[2]);
                let born_on = (number % 2 == 0).then_some(CANARIES[3]);
                let id = id(0x5EA1ED + number);
                let row =
                    db::params![community().uuid(), id, name, CANARIES[7], address, phone, born_on];
                tx.exec(&CLEAR, &row)?;
            }
            Ok::<_, db::Error>(())
        };
        db.write_blocking(fill).unwrap();
        assert_eq!(sung(&db).len(), 5, "it is found where it lies in the clear");

        db.migrate(&all).unwrap();
        harness::attach_vault(&db);
        assert_eq!(registry::seal_what_is_clear(&db).unwrap(), 450);
        assert_eq!(sung(&db), Vec::<String>::new(), "{engine:?}");
        assert_eq!(registry::seal_what_is_clear(&db).unwrap(), 0);
        assert_eq!(registry::open_everybody(&db).unwrap(), 450);
        let person = db.read_blocking(|tx| registry::person(tx, community(), somebody()));
        let expected = canary(kernel::Instant::from_micros(5), CANARIES[0], CANARIES[2]);
        assert!(person.unwrap() == Some(expected));
    }
}
