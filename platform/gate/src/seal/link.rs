//! Links for a community's log: made from what is read, kept by whoever writes.
//!
//! Reading the events, hashing and encoding them is most of the work of sealing and needs no lock,
//! so it happens before the transaction that keeps the links. What somebody else linked meanwhile
//! is noticed there: the head has another size, the events no longer wait.

use db::{Row, Tx, Value};
use journal::{Code, Commitment, Entry, Flags, Handle, LogId, Place, STORED_EVERY};
use uuid::Uuid;

use super::{
    ENTRY_ADD, HEAD_ADD, HEAD_SET, NODE_ADD, ROUND_MAX, Sealable, UNSEALED, UNSEALED_DROP, head,
    integer,
};
use crate::{Chance, Refusal};

/// Waiting rows that one [`UNSEALED_DROP`] drops.
const DROPPED_AT_ONCE: usize = 8;

/// New entries of one community's log, and its head after them.
pub(super) struct Link {
    community: Uuid,
    /// The log's size before; none for one that begins.
    before: Option<i64>,
    /// Size, right edge and last leaf.
    head: [Value; 3],
    entries: Vec<Vec<Value>>,
    nodes: Vec<Vec<Value>>,
    linked: Vec<Uuid>,
}

/// Links for what waits, at most [`ROUND_MAX`] events.
///
/// # Errors
/// Those of the database; nothing is changed here.
pub(super) fn of_waiting(tx: &mut Tx<'_>, chance: &Chance) -> Result<Vec<Link>, Refusal> {
    let rows = tx.rows(&UNSEALED, &db::params![ROUND_MAX as i64])?;
    let mut links = Vec::new();
    let mut rest = &rows[..];
    while let Some(first) = rest.first() {
        let community = first.id(0)?;
        let mut end = 1;
        while end < rest.len() && rest[end].id(0)? == community {
            end += 1;
        }
        links.push(Link::make(tx, chance, community, &rest[..end])?);
        rest = &rest[end..];
    }
    Ok(links)
}

impl Link {
    /// Links the waiting events of one community.
    fn make(
        tx: &mut Tx<'_>,
        chance: &Chance,
        community: Uuid,
        rows: &[Row],
    ) -> Result<Link, Refusal> {
        let known = head(tx, community)?;
        let before = known.as_ref().map(|(size, ..)| integer(*size)).transpose()?;
        let (_, mut frontier, mut prev) = known.unwrap_or_default();
        let (mut entries, mut nodes, mut linked) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            let event = Sealable::read(row, 1)?;
            let seq = frontier.size();
            let place = Place::detail(LogId(community), seq);
            let action =
                Code::new(&event.action).map_err(|error| Refusal::Defect(error.to_string()))?;
            let entry = Entry {
                seq,
                at_ms: u64::try_from(event.at.micros() / 1000).unwrap_or_default(),
                flags: Flags::default(),
                prev,
                actor: Handle(event.actor.unwrap_or_default()),
                action,
                object: Handle(event.object),
                purpose: None,
                rule: None,
                fields: Vec::new(),
                operation: event.receipt,
                nonce: chance.bytes(),
                detail: Commitment::new(&place, &event.salt, event.message().as_bytes()),
            };
            let bytes = entry.encode().map_err(|error| Refusal::Defect(error.to_string()))?;
            prev = journal::leaf_hash(&bytes);
            for node in frontier.append(prev).nodes {
                if node.level > 0 && node.level % STORED_EVERY == 0 {
                    let (level, at) = (i64::from(node.level), integer(node.index)?);
                    let hash = node.hash.as_bytes().to_vec();
                    nodes.push(db::params![community, level, at, hash].to_vec());
                }
            }
            let values = db::params![community, integer(seq)?, event.object, event.id, bytes];
            entries.push(values.to_vec());
            linked.push(event.id);
        }
        let head =
            db::params![integer(frontier.size())?, frontier.to_bytes(), prev.as_bytes().to_vec()];
        Ok(Link { community, before, head, entries, nodes, linked })
    }

    /// How many events it links.
    pub(super) fn len(&self) -> usize {
        self.linked.len()
    }

    /// Keeps the links.
    ///
    /// # Errors
    /// [`db::Error::Serialization`] when somebody else has linked meanwhile.
    pub(super) fn keep(&self, tx: &mut Tx<'_>) -> Result<(), Refusal> {
        // First of all: whoever linked them meanwhile has taken them out.
        self.drop_waiting(tx)?;
        for node in &self.nodes {
            tx.later(&NODE_ADD, node)?;
        }
        tx.add_rows(&ENTRY_ADD, &self.entries)?;
        let [size, edge, leaf] = self.head.clone();
        let community = Value::from(self.community);
        match self.before {
            None => tx.later(&HEAD_ADD, &[community, size, edge, leaf])?,
            Some(before) => {
                tx.later(&HEAD_SET, &[community, Value::from(before), size, edge, leaf])?;
            }
        }
        Ok(())
    }

    /// Takes the linked events out of what waits. Each must still have been there: an event that
    /// somebody else linked meanwhile must not be linked twice.
    fn drop_waiting(&self, tx: &mut Tx<'_>) -> Result<(), Refusal> {
        for some in self.linked.chunks(DROPPED_AT_ONCE) {
            let last = some.last().copied().into_iter().cycle();
            let ids = some.iter().copied().chain(last).take(DROPPED_AT_ONCE).map(Value::from);
            let values: Vec<Value> =
                std::iter::once(Value::from(self.community)).chain(ids).collect();
            if tx.exec(&UNSEALED_DROP, &values)? != some.len() as u64 {
                return Err(db::Error::Serialization.into());
            }
        }
        Ok(())
    }
}
