//! The verifier names each attack on a stored log, and where it happened.

use std::convert::Infallible;

use journal::{
    Entry, Fault, Hash, NoteError, Origin, Stored, Summary, Verdict, Verifier, leaf_hash,
};

use crate::sample::{LOG, Log, origin, signer, single_bit_flips};

const SIZE: u64 = 300;

/// The checkpoints that the log itself keeps.
const SIGNED: [u64; 4] = [0, 100, 256, 300];

fn verifier(notes: &[String]) -> Verifier {
    Verifier::new(LOG, &origin(), &[signer().public()], notes)
}

fn verdict(rows: &[Stored], notes: &[String]) -> Verdict {
    verifier(notes).run(rows.iter().cloned().map(Ok::<_, Infallible>))
}

fn altered(seq: u64, proven: u64, fault: Fault) -> Verdict {
    Verdict::Altered { seq, proven, fault }
}

#[test]
fn a_whole_log_is_whole() {
    let log = Log::of(SIZE);
    let summary = Summary {
        size: SIZE,
        root: log.checkpoint(SIZE).root,
        covered: 256,
        checkpoints: 3,
        details: SIZE,
        erased: 0,
    };
    let whole = verdict(&log.rows, &log.notes(&SIGNED[..3]));
    assert_eq!(whole, Verdict::Whole(summary));
    assert_eq!(whole.exit_code(), 0);
}

#[test]
fn the_empty_log_is_whole_and_needs_no_checkpoint() {
    assert_eq!(verdict(&[], &[]).exit_code(), 0);
    assert_eq!(verdict(&[], &Log::of(0).notes(&[0])).exit_code(), 0);
    assert_eq!(verdict(&Log::of(7).rows, &[]).exit_code(), 0);
}

#[test]
fn erased_details_leave_the_log_whole() {
    let mut log = Log::of(SIZE);
    log.rows.iter_mut().step_by(3).for_each(|row| row.detail = None);
    let Verdict::Whole(summary) = verdict(&log.rows, &log.notes(&SIGNED)) else {
        panic!("erasing must not break the log");
    };
    assert_eq!((summary.details, summary.erased), (200, 100));
}

#[test]
fn no_single_bit_of_an_entry_may_change() {
    let log = Log::of(SIZE);
    let mut before = verifier(&log.notes(&SIGNED));
    for (at, row) in log.rows.iter().enumerate() {
        for entry in single_bit_flips(&row.entry) {
            let mut verifier = before.clone();
            verifier.push(&Stored { entry, ..row.clone() });
            // The two that follow show which of two neighbours it was, unless the log ends.
            log.rows[at + 1..].iter().take(2).for_each(|next| verifier.push(next));
            let Verdict::Altered { seq, .. } = verifier.finish() else {
                panic!("a flipped bit in entry {at} went unseen");
            };
            // Of the last entry only the signed root is a witness, which covers 256 to 299.
            let expected = if at == 299 { 256..=299 } else { at as u64..=at as u64 };
            assert!(expected.contains(&seq), "{seq} for {at}");
        }
        before.push(row);
    }
}

#[test]
fn no_single_bit_of_a_detail_may_change() {
    let log = Log::of(SIZE);
    let mut before = verifier(&log.notes(&SIGNED));
    for (at, row) in log.rows.iter().enumerate() {
        let kept = row.detail.clone().expect("nothing is erased");
        for message in single_bit_flips(&kept.message) {
            let mut verifier = before.clone();
            let detail = Some(journal::Kept { message, ..kept.clone() });
            verifier.push(&Stored { detail, ..row.clone() });
            let Verdict::Altered { seq, fault: Fault::DetailDiffers, .. } = verifier.finish()
            else {
                panic!("a flipped bit in detail {at} went unseen");
            };
            assert_eq!(seq, at as u64);
        }
        before.push(row);
    }
}

#[test]
fn no_single_bit_of_a_checkpoint_may_change() {
    let log = Log::of(SIZE);
    for note in log.notes(&SIGNED) {
        for flipped in single_bit_flips(note.as_bytes()) {
            let Ok(flipped) = String::from_utf8(flipped) else { continue };
            let verdict = verifier(&[flipped]).finish();
            assert!(matches!(verdict, Verdict::Forged { note: 0, .. }), "{verdict:?}");
            assert!([1, 5].contains(&verdict.exit_code()));
        }
    }
}

/// What someone with root can do to the rows without the key, and what is seen of it.
#[test]
fn tampering_with_rows_is_named_with_its_place() {
    let log = Log::of(SIZE);
    let rows = |change: &dyn Fn(&mut Vec<Stored>)| {
        let mut rows = log.rows.clone();
        change(&mut rows);
        rows
    };
    let relabelled =
        |rows: &mut Vec<Stored>| rows.iter_mut().zip(0..).for_each(|(row, at)| row.seq = at);
    let cases = [
        (
            "a row is dropped",
            rows(&|rows| drop(rows.remove(150))),
            altered(150, 100, Fault::Missing),
        ),
        (
            "the first row is dropped",
            rows(&|rows| drop(rows.remove(0))),
            altered(0, 0, Fault::Missing),
        ),
        (
            "a row is dropped and the rest renumbered",
            rows(&|rows| {
                rows.remove(150);
                relabelled(rows);
            }),
            altered(150, 100, Fault::Reordered),
        ),
        (
            "two rows are swapped",
            rows(&|rows| rows.swap(150, 151)),
            altered(150, 100, Fault::Missing),
        ),
        (
            "two entries are swapped",
            rows(&|rows| {
                rows.swap(150, 200);
                relabelled(rows);
            }),
            altered(150, 100, Fault::Reordered),
        ),
        (
            "a row stands twice",
            rows(&|rows| rows.insert(151, rows[150].clone())),
            altered(151, 100, Fault::Reordered),
        ),
        (
            "two rows have one number",
            rows(&|rows| rows[151].seq = 150),
            altered(151, 100, Fault::Reordered),
        ),
        (
            "an entry is emptied",
            rows(&|rows| rows[299].entry.clear()),
            altered(299, 256, Fault::Entry(journal::EntryError::Malformed)),
        ),
        (
            "details are swapped",
            rows(&|rows| rows[20].detail = rows[21].detail.clone()),
            altered(20, 0, Fault::DetailDiffers),
        ),
    ];
    for (what, rows, expected) in cases {
        let seen = verdict(&rows, &log.notes(&SIGNED));
        assert_eq!(seen, expected, "{what}");
        assert_eq!(seen.exit_code(), 1, "{what}");
    }
}

#[test]
fn a_rewritten_chain_contradicts_what_was_signed() {
    let (log, rewritten) = (Log::of(SIZE), Log::of(SIZE).rewritten_from(150));
    let seen = verdict(&rewritten.rows, &log.notes(&SIGNED));
    assert_eq!(seen, altered(100, 100, Fault::RootDiffers));
    // Rewritten only in part, it also breaks; the signed root says more than the break.
    let rows = [&rewritten.rows[..270], &log.rows[270..]].concat();
    assert_eq!(verdict(&rows, &log.notes(&SIGNED)), altered(100, 100, Fault::RootDiffers));
    let mut rows = rewritten.rows.clone();
    rows.remove(256);
    assert_eq!(verdict(&rows, &log.notes(&SIGNED)), altered(100, 100, Fault::RootDiffers));
    // Before the next checkpoint, the break is the first thing seen.
    let rows = [&rewritten.rows[..200], &log.rows[200..]].concat();
    assert_eq!(verdict(&rows, &log.notes(&SIGNED)), altered(199, 100, Fault::ChainBroken));
}

#[test]
fn which_of_two_neighbours_was_altered() {
    let log = Log::of(SIZE);
    let with_prev = |seq: usize, prev: Hash| {
        let mut rows = log.rows.clone();
        let mut entry = Entry::decode(&rows[seq].entry).expect("an entry");
        entry.prev = prev;
        rows[seq].entry = entry.encode().expect("as long");
        rows
    };
    let other = leaf_hash(b"other");
    let cases = [
        // The first names a predecessor; one after a checkpoint can only be wrong itself.
        (0, 300, altered(0, 0, Fault::ChainBroken)),
        (100, 300, altered(100, 100, Fault::ChainBroken)),
        (100, 101, altered(100, 100, Fault::ChainBroken)),
        (150, 300, altered(150, 100, Fault::ChainBroken)),
        // Nothing follows that could tell: the earlier of the two.
        (150, 151, altered(149, 100, Fault::ChainBroken)),
    ];
    for (seq, size, expected) in cases {
        let rows = &with_prev(seq, other)[..size];
        assert_eq!(verdict(rows, &log.notes(&SIGNED[..2])), expected, "{seq} of {size}");
    }
}

#[test]
fn a_truncated_log_is_rolled_back() {
    let log = Log::of(SIZE);
    for size in [0, 1, 99, 100, 255, 256, 299] {
        let seen = verdict(&log.rows[..size], &log.notes(&SIGNED));
        assert_eq!(seen, Verdict::RolledBack { size: size as u64, signed: SIZE });
        assert_eq!(seen.exit_code(), 2);
    }
}

#[test]
fn a_roll_back_with_its_checkpoints_shows_only_by_one_from_outside() {
    let log = Log::of(SIZE);
    let restored = &log.rows[..256];
    assert_eq!(verdict(restored, &log.notes(&SIGNED[..3])).exit_code(), 0, "nobody can know");
    let outside = log.notes(&[280]);
    assert_eq!(verdict(restored, &outside), Verdict::RolledBack { size: 256, signed: 280 });
}

#[test]
fn two_checkpoints_of_one_size_are_a_split_view() {
    let (log, rewritten) = (Log::of(SIZE), Log::of(SIZE).rewritten_from(150));
    let notes = [log.notes(&SIGNED), rewritten.notes(&[256])].concat();
    let seen = verdict(&log.rows, &notes);
    assert_eq!(seen, Verdict::SplitView { size: 256 });
    assert_eq!(seen.exit_code(), 3);
    let twice = [log.notes(&SIGNED), log.notes(&SIGNED)].concat();
    assert_eq!(verdict(&log.rows, &twice).exit_code(), 0, "the same twice is no contradiction");
}

/// With the key, everything stored can be rewritten and signed anew; one photograph shows it.
#[test]
fn a_history_signed_anew_contradicts_a_photograph() {
    let (log, rewritten) = (Log::of(SIZE), Log::of(SIZE).rewritten_from(150));
    let own = rewritten.notes(&SIGNED);
    assert_eq!(verdict(&rewritten.rows, &own).exit_code(), 0, "nobody can know");
    let photograph = log.notes(&[200]);
    let seen = verdict(&rewritten.rows, &[own, photograph].concat());
    assert_eq!(seen, Verdict::SplitView { size: 200 });
}

#[test]
fn checkpoints_of_others_are_not_believed() {
    let log = Log::of(SIZE);
    let notes = log.notes(&SIGNED);
    let other = Origin::new("xinhua", "demo").expect("a name");
    let cases = [
        (verifier(&["hello".to_owned()]), NoteError::Malformed, 5),
        (verifier(&[notes[1].replace("— lianhu", "— lianhe")]), NoteError::Unsigned, 1),
        (verifier(&[notes[1].replace("\n100\n", "\n101\n")]), NoteError::BadSignature, 1),
        (Verifier::new(LOG, &other, &[signer().public()], &notes), NoteError::OtherLog, 5),
    ];
    for (verifier, why, exit_code) in cases {
        let seen = verifier.run(log.rows.iter().cloned().map(Ok::<_, Infallible>));
        assert_eq!(seen, Verdict::Forged { note: 0, why });
        assert_eq!(seen.exit_code(), exit_code);
    }
}

#[test]
fn rows_that_cannot_be_read_are_not_a_verdict_on_the_log() {
    let log = Log::of(5);
    let rows = log.rows.into_iter().map(Ok).chain([Err("the disk")]);
    let seen = verifier(&[]).run(rows);
    assert_eq!(seen, Verdict::Unreadable { after: 5 });
    assert_eq!(seen.exit_code(), 5);
}
