//! The little of CBOR (RFC 8949 §4.2.1, deterministic) that entries and proofs are written in.
//!
//! A reader checks canonical form by encoding again what it decoded and comparing, so there is
//! one description of the form, the writer's.

use minicbor::{Decoder, Encoder, decode};

/// Writes into a vector.
pub(crate) type Writer = Encoder<Vec<u8>>;

/// What writing into a vector returns.
pub(crate) type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

/// The bytes that `write` writes.
pub(crate) fn bytes_of(capacity: usize, write: impl FnOnce(&mut Writer) -> Written) -> Vec<u8> {
    let mut writer = Encoder::new(Vec::with_capacity(capacity));
    // The writer's error type is `Infallible`, and no value of ours writes an error of its own.
    write(&mut writer).expect("a vector takes every byte");
    writer.into_writer()
}

/// A byte string of exactly `N` bytes.
pub(crate) fn fixed<const N: usize>(from: &mut Decoder<'_>) -> Result<[u8; N], decode::Error> {
    from.bytes()?.try_into().map_err(|_| decode::Error::message("byte string of another length"))
}

/// An array of exactly `length` items follows.
pub(crate) fn array(from: &mut Decoder<'_>, length: u64) -> Result<(), decode::Error> {
    if from.array()? == Some(length) {
        return Ok(());
    }
    Err(decode::Error::message("array of another length"))
}

/// The length of an array or a map, which must be written beforehand.
pub(crate) fn definite(length: Option<u64>) -> Result<u64, decode::Error> {
    length.ok_or_else(|| decode::Error::message("indefinite length"))
}
