//! Stories of the log: sealed, proven, and every change behind the program's back named.

use gate::Refusal;
use gate::left::{self, Unlike};
use gate::seal::{self, Misstanding, Sealer};
use harness::{Rig, each_engine};
use journal::{SigningKey, Verdict, verify_offline};

use crate::*;

fn sealer(folder: &std::path::Path) -> Sealer {
    let key = SigningKey::load_or_create(&folder.join("journal.key")).expect("a key");
    Sealer::new(key, &[], "test")
}

/// Pins `count` sheets, seals and signs.
async fn sealed(rig: &Rig, sealer: &Sealer, count: u128) {
    for number in 0..count {
        // Events of one instant have no order among them; here each has its place.
        rig.clock.advance(std::time::Duration::from_millis(1));
        let done = rig.gate().perform(who(1), receipt(1000 + number), pin(1000 + number, "a"));
        done.await.expect("pinned");
    }
    let (sealer, gate) = (sealer.clone(), rig.gate().clone());
    let now = rig.now();
    let sealing = tokio::task::spawn_blocking(move || {
        while sealer.seal(gate.db(), gate.chance()).expect("sealed") > 0 {}
        sealer.sign(gate.db(), now).expect("signed");
    });
    sealing.await.expect("no panic");
}

async fn verified(rig: &Rig, sealer: &Sealer) -> seal::Verified {
    let (db, key) = (rig.db.clone(), sealer.public_key());
    let verifying = tokio::task::spawn_blocking(move || {
        seal::verify(&db, community(), "test", &[key], &[], |_| {}).expect("readable")
    });
    verifying.await.expect("no panic")
}

#[test]
fn a_sealed_log_verifies_and_every_entry_is_proven() {
    each_engine(MODULES, doorman, |rig| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let sealer = sealer(folder.path());
        sealed(&rig, &sealer, 300).await;
        let whole = verified(&rig, &sealer).await;
        assert!(whole.is_whole(), "{whole:?}");
        let Verdict::Whole(summary) = whole.verdict else { panic!("whole") };
        assert_eq!((summary.size, summary.covered, summary.details), (300, 300, 300));
        let db = rig.db.clone();
        let key = sealer.public_key();
        let proving = tokio::task::spawn_blocking(move || {
            for seq in [0, 1, 255, 256, 299] {
                let proof = seal::prove_seq(&db, community(), seq).expect("a proof");
                let proof = proof.to_string().parse().expect("a proof file");
                verify_offline(&proof, &key).expect("proven");
            }
            assert!(matches!(seal::prove_seq(&db, community(), 300), Err(Refusal::NotFound)));
        });
        proving.await.expect("no panic");
    });
}

#[test]
fn several_sealers_link_every_event_once() {
    each_engine(MODULES, doorman, |rig| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let sealer = sealer(folder.path());
        for number in 0..60 {
            rig.gate().perform(who(1), receipt(number), pin(number, "a")).await.expect("pinned");
        }
        let sealing: Vec<_> = (0..4)
            .map(|_| {
                let (sealer, gate) = (sealer.clone(), rig.gate().clone());
                tokio::task::spawn_blocking(move || {
                    sealer
                        .seal(gate.db(), gate.chance())
                        .expect("sealed, or somebody else was quicker")
                })
            })
            .collect();
        let mut linked = 0;
        for one in sealing {
            linked += one.await.expect("no panic");
        }
        assert_eq!(linked, 60);
        sealed(&rig, &sealer, 1).await;
        let whole = verified(&rig, &sealer).await;
        let Verdict::Whole(summary) = &whole.verdict else { panic!("{whole:?}") };
        assert_eq!((summary.size, whole.unsealed), (61, 0));
    });
}

/// Changes behind the program's back, and the exit code that names each.
const TAMPERINGS: &[(&str, u8)] = &[
    ("update events set detail = '{}' where action = 'sheet.pin' and receipt = $1", 1),
    ("update events set actor_id = null where receipt = $1", 1),
    ("update events set at = at + 1 where receipt = $1", 1),
    ("update events set addressed_id = null where receipt = $1", 1),
    ("delete from events where receipt = $1", 6),
    ("delete from journal_entries where event_id = (select id from events where receipt = $1)", 1),
    (
        "update journal_entries set seq = seq + 1000 where event_id = \
      (select id from events where receipt = $1)",
        1,
    ),
    (
        "delete from journal_entries where seq >= 5 and exists \
      (select 1 from events where receipt = $1)",
        2,
    ),
];

#[test]
fn every_tampering_is_named() {
    for (sql, code) in TAMPERINGS {
        each_engine(MODULES, doorman, |rig| async move {
            let folder = tempfile::tempdir().expect("a folder");
            let sealer = sealer(folder.path());
            sealed(&rig, &sealer, 12).await;
            let statement = db::Sql::interned("test.tamper", sql);
            let tamper = rig.db.write(move |tx| tx.exec(&statement, &db::params![receipt(1006).0]));
            assert!(tamper.await.expect("tampered") > 0, "{sql}");
            let found = verified(&rig, &sealer).await;
            assert!(!found.is_whole(), "{sql}: {found:?}");
            assert_eq!(found.exit_code(), *code, "{sql}: {found:?}");
        });
    }
}

#[test]
fn events_slipped_past_the_journal_are_named() {
    each_engine(MODULES, doorman, |rig| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let sealer = sealer(folder.path());
        sealed(&rig, &sealer, 3).await;
        for number in 0..23 {
            rig.clock.advance(std::time::Duration::from_millis(1));
            let done = rig.gate().perform(who(1), receipt(8 + number), pin(8 + number, "unsealed"));
            done.await.expect("pinned");
        }
        assert_eq!(verified(&rig, &sealer).await.unsealed, 23);
        tamper(&rig, "delete from journal_unsealed").await;
        let found = verified(&rig, &sealer).await;
        assert_eq!((found.loose.count, found.exit_code()), (23, 1));
        assert_eq!((found.loose.first.len(), found.loose.more()), (20, 3));
        let event = &found.loose.first[0];
        assert_eq!((event.action.as_str(), event.at < rig.now()), ("sheet.pin", true));
        let timeline = rig.db.read(|tx| gate::timeline(tx, community(), sheet(8))).await;
        assert_eq!(timeline.expect("a timeline")[0].id, event.id);
    });
}

/// Changes behind the program's back; there is always something to change.
async fn tamper(rig: &Rig, sql: &str) {
    let statement = db::Sql::interned("test.tamper", sql);
    let changed = rig.db.write(move |tx| tx.exec(&statement, &[])).await.expect("tampered");
    assert!(changed > 0, "{sql}");
}

#[test]
fn a_head_or_a_checkpoint_that_was_changed_is_named() {
    let cases: [(&str, &[Misstanding]); 7] = [
        ("update journal_heads set size = 3", &[Misstanding::HeadSize { says: 3, entries: 7 }]),
        ("update journal_heads set size = 9", &[Misstanding::HeadSize { says: 9, entries: 7 }]),
        ("update journal_heads set last_leaf = frontier", &[Misstanding::HeadDiffers]),
        ("update journal_heads set frontier = last_leaf", &[Misstanding::HeadDiffers]),
        ("delete from journal_heads", &[Misstanding::HeadGone { entries: 7 }]),
        (
            "delete from journal_checkpoints where size = 4",
            &[Misstanding::CheckpointsGone { signed: 2, kept: 1 }],
        ),
        (
            "delete from journal_checkpoints where size = 7",
            &[
                Misstanding::CheckpointsGone { signed: 2, kept: 1 },
                Misstanding::NewestGone { signed: 7, kept: 4 },
            ],
        ),
    ];
    for (sql, expected) in cases {
        each_engine(MODULES, doorman, |rig| async move {
            let folder = tempfile::tempdir().expect("a folder");
            let sealer = sealer(folder.path());
            sealed(&rig, &sealer, 4).await;
            let more = rig.gate().perform(who(1), receipt(1), pin(1, "a"));
            more.await.expect("pinned");
            for number in 2..4 {
                let more = rig.gate().perform(who(1), receipt(number), pin(number, "a"));
                more.await.expect("pinned");
            }
            sealed(&rig, &sealer, 0).await;
            assert!(verified(&rig, &sealer).await.is_whole());
            tamper(&rig, sql).await;
            let found = verified(&rig, &sealer).await;
            assert_eq!(found.misstandings, expected, "{sql}");
            assert_eq!(found.exit_code(), 1, "{sql}: {found:?}");
            let logs = rig.db.clone();
            let logs = tokio::task::spawn_blocking(move || seal::logs(&logs).expect("logs"));
            assert_eq!(logs.await.expect("no panic"), [community()], "{sql}");
        });
    }
}

/// How the sheets differ from their events.
async fn unlike(rig: &Rig) -> Vec<Unlike> {
    let db = rig.db.clone();
    let comparing = tokio::task::spawn_blocking(move || {
        left::compare(&db, community(), &web::house::states(MODULES), |_| {}).expect("readable")
    });
    comparing.await.expect("no panic").unlike
}

#[test]
fn a_thing_is_compared_with_what_its_newest_event_left() {
    each_engine(MODULES, doorman, |rig| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let sealer = sealer(folder.path());
        sealed(&rig, &sealer, 3).await;
        assert_eq!(unlike(&rig).await, []);
        tamper(&rig, "update sheets set owner_id = null").await;
        let edited = Unlike::Edited { name: "a".to_owned() };
        assert_eq!(unlike(&rig).await, vec![edited; 3]);
        // Whoever changes the event too has an entry that says otherwise.
        assert!(verified(&rig, &sealer).await.is_whole());
        tamper(&rig, "update events set left_digest = null, left_version = null").await;
        let extra = |number| Unlike::Extra { name: "a".to_owned(), object: sheet(number) };
        assert_eq!(unlike(&rig).await, [extra(1000), extra(1001), extra(1002)]);
        assert_eq!(verified(&rig, &sealer).await.exit_code(), 1);
    });
    for column in ["left_version = left_version + 1", "left_digest = salt"] {
        each_engine(MODULES, doorman, |rig| async move {
            let folder = tempfile::tempdir().expect("a folder");
            let sealer = sealer(folder.path());
            sealed(&rig, &sealer, 3).await;
            tamper(&rig, &format!("update events set {column}")).await;
            assert_eq!(verified(&rig, &sealer).await.exit_code(), 1, "{column}");
        });
    }
}

#[test]
fn an_act_that_leaves_a_thing_without_an_event_about_it_is_refused() {
    each_engine(MODULES, doorman, |rig| async move {
        let forgot = rig.gate().perform(who(1), receipt(1), pin(1, "move another")).await;
        assert!(matches!(forgot, Err(Refusal::Defect(_))), "{forgot:?}");
        assert_eq!(count(&rig).await, 0);
        let told = rig.gate().perform(who(1), receipt(1), pin(1, "move another and say so")).await;
        told.expect("pinned");
        assert_eq!(unlike(&rig).await, [Unlike::Missing { object: sheet(99) }]);
    });
}
