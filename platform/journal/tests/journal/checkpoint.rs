//! Checkpoints are read only if rightly signed, and never signed against each other.

use journal::{Checkpoint, Hash, Inconsistent, MAX_NOTE, NoteError, Origin, consistency_proof};

use crate::sample::{Log, origin, signer, single_bit_flips};

/// Twin: the tree of certificate-transparency's eight inputs, signed.
const NOTE: &str = "heping.demo/journal\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n— lianhu \
    5OHh/iuaB52gHUGZ9VYEOA21a6pCQvg75pQfvcWx4v9on67ajbjJt5MGQXBksDrSbLWrjpgONX/724ofWx+R0tF0ew4=\n";

#[test]
fn twin_signs_the_same_note() {
    let checkpoint = signer().public().open(NOTE).expect("rightly signed");
    assert_eq!((checkpoint.size, checkpoint.origin.as_str()), (8, "heping.demo/journal"));
    assert!(checkpoint.root.to_string().starts_with("5dc9da79a706"));
    assert_eq!(signer().sign(None, &checkpoint, &[]), Ok(NOTE.to_owned()));
}

#[test]
fn no_single_bit_of_a_note_may_change() {
    let key = signer().public();
    for flipped in single_bit_flips(NOTE.as_bytes()) {
        let Ok(text) = String::from_utf8(flipped) else { continue };
        assert!(key.open(&text).is_err(), "{text}");
    }
}

#[test]
fn what_is_not_rightly_signed_is_refused() {
    use NoteError::{BadSignature, Malformed, Unsigned};
    let (text, signature) = NOTE.split_once("\n\n").expect("two parts");
    let cases = [
        ("nothing", String::new(), Malformed),
        ("no signature", format!("{text}\n"), Malformed),
        ("no last newline", NOTE.trim_end().to_owned(), Malformed),
        ("another line end", NOTE.replace('\n', "\r\n"), Malformed),
        ("a line that is no signature", format!("{NOTE}hello\n"), Malformed),
        ("a control character", format!("{NOTE}— wit\u{1}ness AAAAAAAA\n"), Malformed),
        ("too long", format!("{}{NOTE}", "a".repeat(MAX_NOTE)), Malformed),
        ("only a stranger's", format!("{text}\n\n— witness.example AAAAAAAA\n"), Unsigned),
        ("another size", NOTE.replace("\n8\n", "\n9\n"), BadSignature),
        ("another log", NOTE.replace("heping", "xinhua"), BadSignature),
        ("one right and one wrong", format!("{NOTE}— lianhu 5OHh/iua\n"), BadSignature),
        ("text before", format!("a\n\n{text}\n\n{signature}"), BadSignature),
    ];
    for (what, note, why) in cases {
        assert_eq!(signer().public().open(&note), Err(why), "{what}");
    }
}

#[test]
fn signatures_of_witnesses_are_passed_over() {
    let witnessed = format!("{NOTE}— witness.example AAAAAAAA\n— lianhu AAAAAAAA\n");
    assert_eq!(signer().public().open(&witnessed), signer().public().open(NOTE));
}

/// Twin: texts that are rightly signed and yet no checkpoints of ours.
#[test]
fn a_rightly_signed_text_must_still_be_a_checkpoint() {
    let root = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=";
    let cases = [
        (
            format!("heping.demo/journal\n8\n{root}\nextension\n"),
            "5OHh/qfoTbpx8zp+19kIOhL2W/Q3jz1QOMlrnr0cnZC7d6SNa38fbIQwgIvMhLKlklDXAJSDrH44ZmCgv8Ei35SArAg=",
        ),
        (
            format!("heping.demo/journal\n08\n{root}\n"),
            "5OHh/mBH//PxYOGjzZO7BaQ+P2Nal/cZeCPfnWoNGA62dVKY3avKhpf52A8P3SXqRs2LWuTyijOLl5/X8o45nFwtewo=",
        ),
        (
            "heping.demo/journal\n8\nAAAA\n".to_owned(),
            "5OHh/keq50OTNmZZeKj96YXVAlj90ioE+yUvVasUEVY6XPagliSGzU15FrNGIN3i3S8vv3GldIFUz8TughCRxGguwQo=",
        ),
        (
            "heping.demo/journal\n8\n".to_owned(),
            "5OHh/llf2sGg+wpJPXznoZMGfiTxW5cQ37jfE1hbms9uzvgOMeLy7qBUfGtdwwL7QnLYlDcMcoAGDvClWjLT2ceZFQ8=",
        ),
        (
            format!("\n8\n{root}\n"),
            "5OHh/s5at0R/qXoH3ddoqVhWKhfQiPVVIkLMSdu+OGetsuk4imEXDas3r4IXCXVTSaKJuB6N2CMbt38NxngZetGc/QI=",
        ),
    ];
    for (text, signature) in cases {
        let note = format!("{text}\n— lianhu {signature}\n");
        assert_eq!(signer().public().open(&note), Err(NoteError::Malformed), "{text}");
    }
}

#[test]
fn a_log_is_named_in_plain_letters() {
    for (community, deployment) in
        [("", "demo"), ("a b", "demo"), ("a", "demo/x"), ("和平", "demo")]
    {
        assert!(Origin::new(community, deployment).is_err(), "{community}.{deployment}");
    }
    assert_eq!(origin().as_str(), "heping.demo/journal");
}

#[test]
fn never_two_contradicting_checkpoints() {
    let (log, rewritten, signer) = (Log::of(20), Log::of(20).rewritten_from(5), signer());
    let proof = |log: &Log, old, new| consistency_proof(old, new, log.fetch()).expect("stored");
    let last = log.checkpoint(10);
    let sign = |new: &Checkpoint, proof: &[Hash]| signer.sign(Some(&last), new, proof);

    assert!(sign(&log.checkpoint(20), &proof(&log, 10, 20)).is_ok(), "a continuation");
    assert_eq!(sign(&last, &[]), signer.sign(None, &last, &[]), "the same again");

    assert_eq!(
        sign(&log.checkpoint(9), &proof(&log, 9, 10)),
        Err(Inconsistent::Smaller { last: 10, new: 9 })
    );
    assert_eq!(sign(&rewritten.checkpoint(10), &[]), Err(Inconsistent::OtherRoot { size: 10 }));
    let not_an_extension = Err(Inconsistent::NotAnExtension { last: 10, new: 20 });
    assert_eq!(sign(&rewritten.checkpoint(20), &proof(&rewritten, 10, 20)), not_an_extension);
    assert_eq!(sign(&rewritten.checkpoint(20), &proof(&log, 10, 20)), not_an_extension);
    assert_eq!(sign(&log.checkpoint(20), &[]), not_an_extension);

    let elsewhere = Origin::new("xinhua", "demo").expect("a name");
    let other = Checkpoint { origin: elsewhere, ..log.checkpoint(20) };
    assert_eq!(sign(&other, &proof(&log, 10, 20)), Err(Inconsistent::OtherLog));
}
