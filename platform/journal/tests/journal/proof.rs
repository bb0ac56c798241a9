//! A proof file convinces without the server, and no longer once any part of it is changed.

use journal::{
    Checkpoint, DETAIL, Hash, NoteError, Opened, Opening, Proof, ProofFault, inclusion_proof,
    leaf_hash, verify_offline,
};

use crate::sample::{
    self, LOG, Log, detail_text, origin, personal_text, salt, signer, single_bit_flips,
};

const SIZE: u64 = 300;

fn openings(seq: u64) -> Opened {
    let own = Opening { field: 0, salt: salt(seq, 0), message: personal_text(seq) };
    let detail = Opening { field: DETAIL, salt: salt(seq, 9), message: detail_text(seq) };
    Opened { log: LOG, openings: vec![own, detail] }
}

fn proof(log: &Log, index: u64, size: u64) -> Proof {
    Proof {
        index,
        path: inclusion_proof(index, size, log.fetch()).expect("in the log"),
        note: log.notes(&[size]).remove(0),
        entry: log.rows[index as usize].entry.clone(),
        opened: Some(openings(index)),
    }
}

fn fault(proof: &Proof) -> Option<ProofFault> {
    verify_offline(proof, &signer().public()).err()
}

#[test]
fn every_entry_is_proven_and_read_back() {
    let log = Log::of(SIZE);
    for index in 0..SIZE {
        let proof = proof(&log, index, SIZE);
        let text = proof.to_string();
        assert_eq!(text.parse::<Proof>(), Ok(proof.clone()));
        let proven = verify_offline(&proof, &signer().public()).expect("a true proof");
        assert_eq!((proven.entry.seq, proven.checkpoint), (index, log.checkpoint(SIZE)));
    }
}

#[test]
fn the_file_is_a_c2sp_tlog_proof() {
    let log = Log::of(2);
    let text = Proof { opened: None, ..proof(&log, 1, 2) }.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "c2sp.org/tlog-proof@v1");
    assert!(lines[1].starts_with("extra gVj"), "an array of one byte string: {}", lines[1]);
    assert_eq!(lines[2], "index 1");
    assert_eq!(lines[4..7], ["", "heping.demo/journal", "2"]);
}

#[test]
fn no_single_bit_of_the_file_may_change() {
    let log = Log::of(SIZE);
    let key = signer().public();
    for opened in [None, Some(openings(123))] {
        let text = Proof { opened, ..proof(&log, 123, SIZE) }.to_string();
        for flipped in single_bit_flips(text.as_bytes()) {
            let Ok(flipped) = String::from_utf8(flipped) else { continue };
            let verified = flipped.parse().and_then(|proof| verify_offline(&proof, &key));
            assert!(verified.is_err(), "{flipped}");
        }
    }
}

#[test]
fn every_part_must_fit_the_others() {
    let log = Log::of(SIZE);
    let (true_proof, other) = (proof(&log, 123, SIZE), proof(&log, 124, SIZE));
    let rewritten = proof(&log.rewritten_from(100), 123, SIZE);
    let opening = |field, change: &dyn Fn(&mut Opening)| {
        let mut opened = openings(123);
        change(&mut opened.openings[field]);
        Proof { opened: Some(opened), ..true_proof.clone() }
    };
    let text_fault = |field| ProofFault::OtherText { field };
    let cases = [
        (Proof { entry: other.entry.clone(), ..true_proof.clone() }, ProofFault::NotIncluded, 1),
        (Proof { index: 124, ..true_proof.clone() }, ProofFault::NotIncluded, 1),
        (Proof { path: other.path.clone(), ..true_proof.clone() }, ProofFault::NotIncluded, 1),
        (Proof { note: rewritten.note, ..true_proof.clone() }, ProofFault::NotIncluded, 1),
        (
            Proof { note: other.note.replace("300", "301"), ..true_proof.clone() },
            ProofFault::Checkpoint(NoteError::BadSignature),
            1,
        ),
        (opening(0, &|own| own.message.push(0)), text_fault(0), 7),
        (opening(0, &|own| own.salt = salt(1, 1)), text_fault(0), 7),
        (opening(0, &|own| own.field = 1), text_fault(1), 7),
        (opening(1, &|detail| detail.message.clear()), text_fault(DETAIL), 7),
        (Proof { opened: Some(openings(124)), ..true_proof.clone() }, text_fault(0), 7),
    ];
    assert_eq!(fault(&true_proof), None);
    for (proof, expected, exit_code) in cases {
        assert_eq!(fault(&proof), Some(expected));
        assert_eq!(expected.exit_code(), exit_code);
    }
}

/// A log that was written wrongly: its only entry says it is the sixth.
#[test]
fn an_entry_must_stand_where_it_says() {
    let entry = sample::entry(5, Hash::NONE).encode().expect("short");
    let checkpoint = Checkpoint { origin: origin(), size: 1, root: leaf_hash(&entry) };
    let note = signer().sign(None, &checkpoint, &[]).expect("the first");
    let proof = Proof { index: 0, path: vec![], note, entry, opened: None };
    assert_eq!(fault(&proof), Some(ProofFault::OtherEntry));
}

/// Without a text to check it by, a log id could be anything.
#[test]
fn a_proof_that_names_a_log_opens_something() {
    let nothing = Opened { log: LOG, openings: vec![] };
    let proof = Proof { opened: Some(nothing), ..proof(&Log::of(5), 3, 5) };
    assert_eq!(proof.to_string().parse::<Proof>(), Err(ProofFault::Unreadable));
}

#[test]
fn what_is_no_proof_is_unreadable() {
    let text = proof(&Log::of(5), 3, 5).to_string();
    let cases = [
        String::new(),
        text.replace("@v1", "@v2"),
        text.replace("index 3", "index 03"),
        text.replace("index 3\n", ""),
        text.replace("extra ", "extra  "),
        text.replacen("\n\n", "\n", 2),
        text.replace('\n', "\r\n"),
        "x".repeat(2 * 1024 * 1024),
    ];
    for text in cases {
        assert_eq!(text.parse::<Proof>(), Err(ProofFault::Unreadable), "{text:.200}");
    }
    assert_eq!(ProofFault::Unreadable.exit_code(), 5);
}

#[test]
fn a_proof_shows_no_personal_text_when_it_is_logged() {
    let shown = format!("{:?}", openings(3));
    assert!(
        !shown.contains("王") && !shown.contains(&format!("{:?}", personal_text(3))),
        "{shown}"
    );
}
