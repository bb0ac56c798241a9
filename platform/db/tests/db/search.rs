//! Full-text search answers alike on both engines.

use crate::engines::each_engine;
use db::{Db, Error, Migration, search};
use uuid::Uuid;

const INDEX: Migration =
    Migration { module: "search", number: 1, name: "index", sql: "{search notes_search};" };

/// Bigrams, then single letters far from them, all behind the community's key: the shape that
/// the kernel cuts text into.
fn terms(key: &str, text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for word in text.split(' ') {
        let letters: Vec<char> = word.chars().collect();
        if word.is_ascii() {
            terms.push(format!("{key}{word}"));
        } else {
            terms.extend(letters.windows(2).map(|pair| format!("{key}{}{}", pair[0], pair[1])));
        }
        terms.push(format!("{key}x"));
    }
    terms.extend(text.chars().filter(|c| !c.is_ascii()).map(|c| format!("{key}{c}")));
    terms
}

fn phrase(key: &str, word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    match letters.len() {
        _ if word.is_ascii() => vec![format!("{key}{word}")],
        1 => vec![format!("{key}{word}")],
        _ => letters.windows(2).map(|pair| format!("{key}{}{}", pair[0], pair[1])).collect(),
    }
}

fn note(n: u64) -> Uuid {
    let millis = 1_790_000_000_000 + n;
    uuid::Builder::from_unix_timestamp_millis(millis, &[n as u8; 10]).into_uuid()
}

const HERE: Uuid = Uuid::from_u128(1);
const THERE: Uuid = Uuid::from_u128(2);

fn put(db: &Db, community: Uuid, key: &'static str, n: u64, text: &'static str) {
    db.write_blocking(move |tx| {
        search::put(tx, "notes_search", community, note(n), &terms(key, text))
    })
    .unwrap();
}

/// Finds what has all of `words`; `a|b` is either of two.
fn find(db: &Db, community: Uuid, key: &str, words: &[&str], before: Option<u64>) -> Vec<u64> {
    let any = |words: &&str| words.split('|').map(|word| phrase(key, word)).collect();
    let query: Vec<Vec<Vec<String>>> = words.iter().map(any).collect();
    let ids = db.read_blocking(move |tx| {
        search::find(tx, "notes_search", community, &query, before.map(note), 3)
    });
    let ids: Result<Vec<Uuid>, Error> = ids;
    let number = |id: Uuid| (0..1000).find(|n| note(*n) == id).unwrap();
    ids.unwrap().into_iter().map(number).collect()
}

fn filled(db: &Db) {
    db.migrate(&[INDEX]).unwrap();
    put(db, HERE, "k1", 1, "三号楼电梯停运");
    put(db, HERE, "k1", 3, "电梯门关不上 wifi 也断了");
    // Written later than its neighbours, though made before them: an offline phone.
    put(db, HERE, "k1", 2, "楼道灯坏了 请修理");
    put(db, THERE, "k2", 4, "电梯停运");
    put(db, HERE, "k1", 5, "梯电 不是那个词");
}

#[test]
fn words_are_found_newest_first() {
    each_engine(|place| {
        let db = place.open();
        filled(&db);
        for (words, expected) in [
            (&["电梯"][..], &[3, 1][..]),
            (&["电梯停运"], &[1]),
            (&["楼"], &[2, 1]),
            (&["wifi"], &[3]),
            (&["wif"], &[]),
            (&["梯电"], &[5]),
            (&["电梯", "断了"], &[3]),
            (&["电梯", "修理"], &[]),
            (&["修理|wifi"], &[3, 2]),
            (&["电梯", "停运|断了"], &[3, 1]),
            (&["消防|停运", "修理|梯电"], &[]),
            (&["门上"], &[]),
            (&[], &[]),
            (&["' OR 1=1 --"], &[]),
            (&["\" AND *:!&|()"], &[]),
        ] {
            assert_eq!(find(&db, HERE, "k1", words, None), expected, "{words:?}");
        }
    });
}

#[test]
fn communities_do_not_see_each_other() {
    each_engine(|place| {
        let db = place.open();
        filled(&db);
        assert_eq!(find(&db, THERE, "k2", &["电梯"], None), [4]);
        assert_eq!(find(&db, THERE, "k1", &["电梯"], None), [0; 0], "even with a stolen key");
    });
}

#[test]
fn pages_join_without_gap_or_overlap() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[INDEX]).unwrap();
        db.write_blocking(|tx| {
            for n in (0..10).rev() {
                search::put(tx, "notes_search", HERE, note(n), &terms("k1", "漏水"))?;
            }
            Ok::<_, Error>(())
        })
        .unwrap();
        let (mut seen, mut before) = (Vec::new(), None);
        for _ in 0..5 {
            let page = find(&db, HERE, "k1", &["漏水"], before);
            before = page.last().copied().or(before);
            seen.extend(page);
        }
        assert_eq!(seen, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    });
}

#[test]
fn what_is_put_again_or_removed_is_no_longer_found_by_its_old_words() {
    each_engine(|place| {
        let db = place.open();
        filled(&db);
        put(&db, HERE, "k1", 1, "已经修好");
        assert_eq!(find(&db, HERE, "k1", &["停运"], None), [0; 0]);
        assert_eq!(find(&db, HERE, "k1", &["修好"], None), [1]);
        db.write_blocking(|tx| search::remove(tx, "notes_search", HERE, note(1))).unwrap();
        assert_eq!(find(&db, HERE, "k1", &["修好"], None), [0; 0]);
        put(&db, HERE, "k1", 1, "又坏了");
        assert_eq!(find(&db, HERE, "k1", &["又坏"], None), [1]);
    });
}

#[test]
fn rare_characters_are_told_apart() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[INDEX]).unwrap();
        put(&db, HERE, "k1", 1, "王𬭎先生");
        put(&db, HERE, "k1", 2, "王𬭛先生");
        put(&db, HERE, "k1", 3, "王龿先生");
        assert_eq!(find(&db, HERE, "k1", &["王𬭎"], None), [1]);
        assert_eq!(find(&db, HERE, "k1", &["𬭛"], None), [2]);
        assert_eq!(find(&db, HERE, "k1", &["龿先"], None), [3]);
    });
}

#[test]
fn ids_of_one_instant_live_side_by_side() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[INDEX]).unwrap();
        let twin = |n: u8| Uuid::from_u128((note(1).as_u128() & !0xFFFF) | u128::from(n));
        db.write_blocking(move |tx| {
            (0..20).try_for_each(|n| {
                search::put(tx, "notes_search", HERE, twin(n), &terms("k1", "漏水"))
            })
        })
        .unwrap();
        let found = db.read_blocking(|tx| {
            search::find(tx, "notes_search", HERE, &[vec![phrase("k1", "漏水")]], None, 100)
        });
        let found: Result<Vec<Uuid>, Error> = found;
        let mut found = found.unwrap();
        found.sort();
        assert_eq!(found, (0..20).map(twin).collect::<Vec<_>>());
    });
}

/// More than SQLite lets wait before its index takes them in.
const MANY: u64 = 150;

#[test]
fn what_waits_for_the_index_and_what_stands_in_it_are_one_list() {
    each_engine(|place| {
        let db = place.open();
        db.migrate(&[INDEX]).unwrap();
        for n in 0..MANY {
            let text = if n % 2 == 0 { "楼道灯坏了" } else { "电梯停运" };
            let (here, key) = if n % 3 == 0 { (THERE, "k2") } else { (HERE, "k1") };
            put(&db, here, key, n, text);
        }
        // One that waits and one that does not are put again, two others are removed.
        for n in [1, MANY - 1] {
            put(&db, HERE, "k1", n, "电梯修好了");
        }
        for n in [5, MANY - 5] {
            db.write_blocking(move |tx| search::remove(tx, "notes_search", HERE, note(n))).unwrap();
        }
        let expected: Vec<u64> = (0..MANY)
            .rev()
            .filter(|n| n % 2 == 1 && n % 3 != 0 && *n != 5 && *n != MANY - 5)
            .collect();
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = find(&db, HERE, "k1", &["电梯"], before);
            let Some(last) = page.last() else { break };
            before = Some(*last);
            seen.extend(page);
        }
        assert_eq!(seen, expected);
        assert_eq!(find(&db, HERE, "k1", &["修好"], None), [MANY - 1, 1]);
        assert_eq!(find(&db, HERE, "k1", &["电梯停运", "灯坏|修好"], None), [0; 0]);
    });
}
