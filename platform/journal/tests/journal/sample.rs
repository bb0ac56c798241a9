//! A small invented log with everything the tests need around it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use journal::{
    Checkpoint, Code, Commitment, Entry, FieldCommitment, Flags, Frontier, Handle, Hash, Kept,
    LogId, Origin, Place, PolicyHash, Rule, Salt, Signer, SigningKey, Stored, consistency_proof,
    leaf_hash, root_at,
};
use uuid::Uuid;

/// Twin: the key with the seed 00 01 … 1f.
pub const PRIVATE_KEY: &str =
    "PRIVATE+KEY+lianhu+e4e1e1fe+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n";

pub const LOG: LogId = LogId(Uuid::from_u128(0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f));

/// The kind of the one personal text in each entry.
pub const KIND: u16 = 3;

pub fn signer() -> Signer {
    Signer::new(key_from(PRIVATE_KEY).expect("the key of the vectors"))
}

pub fn key_from(text: &str) -> Result<SigningKey, journal::KeyError> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("key");
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode");
    SigningKey::load_or_create(&path)
}

pub fn origin() -> Origin {
    Origin::new("heping", "demo").expect("a name")
}

pub fn code(text: &str) -> Code {
    Code::new(text).expect("a code")
}

pub fn handle(number: u128) -> Handle {
    Handle(Uuid::from_u128(number))
}

pub fn salt(seq: u64, field: u16) -> Salt {
    let mut bytes = [field.to_be_bytes()[1]; 32];
    bytes[..8].copy_from_slice(&seq.to_be_bytes());
    Salt::from_bytes(bytes)
}

pub fn detail_text(seq: u64) -> Vec<u8> {
    format!(r#"{{"line":{seq}}}"#).into_bytes()
}

pub fn personal_text(seq: u64) -> Vec<u8> {
    format!("王小明第{seq}次").into_bytes()
}

/// Entry `seq` after the entry with leaf hash `prev`.
pub fn entry(seq: u64, prev: Hash) -> Entry {
    let place = Place { log: LOG, seq, field: 0, kind: KIND };
    Entry {
        seq,
        at_ms: 1_794_700_800_000 + seq,
        flags: Flags::default(),
        prev,
        actor: handle(1),
        action: code("request.answer"),
        object: handle(u128::from(seq)),
        purpose: None,
        rule: Some(Rule { policy: PolicyHash::of("permit"), id: code("lead") }),
        fields: vec![FieldCommitment {
            handle: handle(2),
            kind: KIND,
            commitment: Commitment::new(&place, &salt(seq, 0), &personal_text(seq)),
        }],
        operation: Uuid::from_u128(u128::from(seq) << 64),
        nonce: [7; 16],
        detail: Commitment::new(&Place::detail(LOG, seq), &salt(seq, 9), &detail_text(seq)),
    }
}

/// A log as a gate would keep it.
pub struct Log {
    pub rows: Vec<Stored>,
    pub nodes: HashMap<(u8, u64), Hash>,
}

impl Log {
    pub fn of(size: u64) -> Log {
        let mut log = Log { rows: Vec::new(), nodes: HashMap::new() };
        let (mut frontier, mut prev) = (Frontier::default(), Hash::NONE);
        for seq in 0..size {
            let bytes = entry(seq, prev).encode().expect("a short entry");
            prev = leaf_hash(&bytes);
            let nodes = frontier.append(prev).nodes;
            log.nodes.extend(nodes.iter().map(|node| ((node.level, node.index), node.hash)));
            let detail = Some(Kept { salt: salt(seq, 9), message: detail_text(seq) });
            log.rows.push(Stored { seq, entry: bytes, detail });
        }
        log
    }

    pub fn fetch(&self) -> impl FnMut(u8, u64) -> Result<Hash, Infallible> {
        |level, index| Ok(self.nodes[&(level, index)])
    }

    pub fn checkpoint(&self, size: u64) -> Checkpoint {
        let root = root_at(size, self.fetch()).expect("all is stored");
        Checkpoint { origin: origin(), size, root }
    }

    /// The signed checkpoints of these rising sizes.
    pub fn notes(&self, sizes: &[u64]) -> Vec<String> {
        let (signer, mut last) = (signer(), None::<Checkpoint>);
        let mut sign = |size: &u64| {
            let new = self.checkpoint(*size);
            let old = last.as_ref().map_or(0, |last| last.size);
            let proof = consistency_proof(old, *size, self.fetch()).expect("all is stored");
            let note = signer.sign(last.as_ref(), &new, &proof).expect("a continuation");
            last = Some(new);
            note
        };
        sizes.iter().map(&mut sign).collect()
    }

    /// The same log with entries from `seq` on rewritten with their chain, as someone with root
    /// would.
    pub fn rewritten_from(&self, seq: usize) -> Log {
        let mut log = Log { rows: self.rows[..seq].to_vec(), nodes: HashMap::new() };
        for (row, at) in self.rows.iter().zip(0..).skip(seq) {
            let mut entry = Entry::decode(&row.entry).expect("an entry");
            entry.prev = log.rows.last().map_or(Hash::NONE, |last| leaf_hash(&last.entry));
            entry.actor = if at == seq as u64 { handle(99) } else { entry.actor };
            log.rows.push(Stored { entry: entry.encode().expect("as long"), ..row.clone() });
        }
        let mut frontier = Frontier::default();
        for row in &log.rows {
            let nodes = frontier.append(leaf_hash(&row.entry)).nodes;
            log.nodes.extend(nodes.iter().map(|node| ((node.level, node.index), node.hash)));
        }
        log
    }
}

/// Every copy of `bytes` in which one bit is another.
pub fn single_bit_flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}
