//! The journal's tests, in one binary. Values marked "twin" were computed by an independent
//! Python program (hashlib, cryptography, CBOR by hand), so that both would have to be wrong
//! alike.

mod checkpoint;
mod commitment;
mod entry;
mod key;
mod proof;
mod sample;
mod tree;
mod verify;
