//! What an act leaves behind: the state of a thing, as a version and a digest in its event.
//!
//! The journal commits to events. So that it also speaks for the rows that pages are made of, an
//! act says in which state it left the thing it is about, and [`compare`] computes the same anew
//! from the rows. Which rows make up a thing, only its capability knows: it digests them with
//! [`StateDigest`] and hands the verifier a [`States`].
//!
//! Invariant: what an act left is carried by one of its events, or the act is refused.

use std::collections::BTreeMap;

use db::{Db, Row, Tx, Value};
use kernel::CommunityId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Refusal;

db::sql! { module "gate.left";
    /// Of some things, the newest state that an event carries. More than one event may carry it.
    NEWEST = "select e.object_id, e.left_version, e.left_digest, e.salt from (select object_id, \
              max(left_version) as version from events where community_id = $1 \
              and object_id >= $2 and left_version is not null group by object_id \
              order by object_id limit 500) newest join events e on e.community_id = $1 \
              and e.object_id = newest.object_id and e.left_version = newest.version \
              order by e.object_id";
}

/// Things compared in one read: its rows, and as many events, are held in memory. `NEWEST` has
/// the same limit.
const PAGE: usize = 500;

/// Breaches that are named; whoever sees so many needs no more to know what to do.
pub const NAMED_MAX: usize = 20;

/// What a verifying program exits with when a thing is not as its newest event left it.
pub const EXIT_CODE: u8 = 8;

/// A thing's state after an act.
#[must_use = "an act says what it left, or nobody sees it changed behind the program's back"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Grows with every change of the thing: it tells which of its events is the newest, which
    /// clocks of several machines cannot.
    pub version: i64,
    pub digest: [u8; 32],
}

impl Left {
    /// What the event keeps: names and telephones are digested, and must not be found by guessing
    /// once the event's salt is gone.
    pub(crate) fn under(&self, salt: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"left");
        hash.update(salt);
        hash.update(self.digest);
        hash.finalize().into()
    }
}

/// The state that an event says a thing was left in.
#[derive(Debug)]
struct Told {
    version: i64,
    digest: Vec<u8>,
    salt: Vec<u8>,
}

impl Told {
    fn is(&self, left: &Left) -> bool {
        self.version == left.version && self.digest == left.under(&self.salt)
    }
}

/// The canonical form of a state: each value with its type and length, one behind the other, so
/// that no two lists of values read alike. JSON is left out by who digests, for PostgreSQL gives
/// back other bytes than it was given.
pub struct StateDigest(Sha256);

impl StateDigest {
    /// `what` tells the states of different kinds apart.
    pub fn new(what: &'static str) -> StateDigest {
        let mut digest = StateDigest(Sha256::new());
        digest.sized(2, what.as_bytes());
        digest
    }

    /// Values as they are about to be stored.
    pub fn values(&mut self, values: &[Value]) {
        for value in values {
            match value {
                Value::Null => self.sized(0, &[]),
                Value::Int(int) => self.sized(1, &int.to_be_bytes()),
                Value::Text(text) | Value::Json(text) => self.sized(2, text.as_bytes()),
                Value::Id(id) => self.sized(3, id.as_bytes()),
                Value::Bytes(bytes) => self.sized(4, bytes),
            }
        }
    }

    /// The same values as they came back, whatever type somebody gave them meanwhile.
    pub fn columns(&mut self, row: &Row, columns: std::ops::Range<usize>) {
        for at in columns {
            if let Ok(int) = row.opt_int(at) {
                self.values(&[int.into()]);
            } else if let Ok(id) = row.opt_id(at) {
                self.values(&[id.into()]);
            } else if let Ok(text) = row.opt_text(at) {
                self.values(&[text.into()]);
            } else {
                let bytes = row.opt_bytes(at).ok().flatten().unwrap_or_default();
                self.sized(4, bytes);
            }
        }
    }

    /// The state at this version.
    pub fn left(self, version: i64) -> Left {
        Left { version, digest: self.0.finalize().into() }
    }

    fn sized(&mut self, kind: u8, bytes: &[u8]) {
        self.0.update([kind]);
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }
}

/// What one act has left so far, and whether an event has carried it.
#[derive(Default)]
pub(crate) struct LeftBehind(Vec<(Uuid, Left, bool)>);

impl LeftBehind {
    pub(crate) fn put(&mut self, object: Uuid, left: Left) {
        self.0.retain(|(other, ..)| *other != object);
        self.0.push((object, left, false));
    }

    /// For an event about this thing.
    pub(crate) fn carry(&mut self, object: Uuid) -> Option<Left> {
        let (_, left, carried) = self.0.iter_mut().find(|(other, ..)| *other == object)?;
        *carried = true;
        Some(*left)
    }

    /// Refuses an act that changed a thing without an event about it.
    pub(crate) fn all_carried(&self) -> Result<(), Refusal> {
        match self.0.iter().find(|(.., carried)| !carried) {
            Some((object, ..)) => {
                Err(Refusal::Defect(format!("no event carries how {object} was left")))
            }
            None => Ok(()),
        }
    }
}

/// A thing as its rows have it now.
#[derive(Debug)]
pub struct State {
    pub object: Uuid,
    /// What people call it: a printed number.
    pub name: String,
    pub left: Left,
}

/// A capability's things of one kind from an id on, that one included, in the order of their
/// ids; at most `limit`.
pub type States = fn(&mut Tx<'_>, CommunityId, Uuid, usize) -> Result<Vec<State>, Refusal>;

/// How a thing differs from what its events say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlike {
    /// Its rows are not as its newest event left them.
    Edited { name: String },
    /// Its rows are gone.
    Missing { object: Uuid },
    /// No event ever left it.
    Extra { name: String, object: Uuid },
}

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Compared {
    /// Things that have rows.
    pub things: u64,
    /// The first of those that differ, at most [`NAMED_MAX`].
    pub unlike: Vec<Unlike>,
    /// How many more differ.
    pub more: u64,
}

impl Compared {
    pub fn exit_code(&self) -> u8 {
        if self.unlike.is_empty() { 0 } else { EXIT_CODE }
    }

    fn found(&mut self, unlike: Unlike) {
        if self.unlike.len() < NAMED_MAX {
            self.unlike.push(unlike);
        } else {
            self.more += 1;
        }
    }

    fn take(&mut self, page: Page) {
        let Page { states, mut newest, .. } = page;
        for State { object, name, left } in states {
            self.things += 1;
            match newest.remove(&object) {
                Some(told) if told.iter().all(|told| told.is(&left)) => {}
                Some(_) => self.found(Unlike::Edited { name }),
                None => self.found(Unlike::Extra { name, object }),
            }
        }
        for object in newest.into_keys() {
            self.found(Unlike::Missing { object });
        }
    }
}

/// Compares every thing of a community with its newest event, page by page, beside a running
/// server or without one. `progress` hears how many were compared.
///
/// # Errors
/// Those of the database; what differs is in the answer.
pub fn compare(
    db: &Db,
    community: CommunityId,
    states: &[States],
    mut progress: impl FnMut(u64),
) -> Result<Compared, Refusal> {
    let mut compared = Compared::default();
    let mut from = Some(Uuid::nil());
    while let Some(start) = from {
        let states = states.to_vec();
        // Rows and events of one moment: a server may be at work.
        let page = db.read_blocking(move |tx| Page::read(tx, community, &states, start))?;
        from = page.next;
        compared.take(page);
        progress(compared.things);
    }
    Ok(compared)
}

/// All things between two ids, as their rows and as their events have them.
struct Page {
    states: Vec<State>,
    newest: BTreeMap<Uuid, Vec<Told>>,
    /// Where the next one begins.
    next: Option<Uuid>,
}

impl Page {
    fn read(
        tx: &mut Tx<'_>,
        community: CommunityId,
        states: &[States],
        from: Uuid,
    ) -> Result<Page, Refusal> {
        let mut page =
            Page { states: Vec::new(), newest: newest(tx, community, from)?, next: None };
        let full = |things: usize, last: Option<Uuid>| last.filter(|_| things == PAGE);
        let last = page.newest.keys().next_back().copied();
        let mut ends = vec![full(page.newest.len(), last)];
        for states in states {
            let some = states(tx, community, from, PAGE)?;
            ends.push(full(some.len(), some.last().map(|state| state.object)));
            page.states.extend(some);
        }
        // What lies behind the nearest end is read again: there one of the lists has a gap.
        if let Some(end) = ends.into_iter().flatten().min() {
            page.states.retain(|state| state.object <= end);
            page.newest.retain(|object, _| *object <= end);
            page.next = end.as_u128().checked_add(1).map(Uuid::from_u128);
        }
        Ok(page)
    }
}

fn newest(
    tx: &mut Tx<'_>,
    community: CommunityId,
    from: Uuid,
) -> Result<BTreeMap<Uuid, Vec<Told>>, Refusal> {
    let mut newest = BTreeMap::<Uuid, Vec<Told>>::new();
    for row in tx.rows(&NEWEST, &db::params![community.uuid(), from])? {
        let digest = row.opt_bytes(2)?.unwrap_or_default().to_vec();
        let told = Told { version: row.int(1)?, digest, salt: row.bytes(3)?.to_vec() };
        newest.entry(row.id(0)?).or_default().push(told);
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lists_of_values_read_alike() {
        let id = Uuid::from_u128(1);
        let lists: [&[Value]; 9] = [
            &[],
            &[Value::Null],
            &db::params!["", ""],
            &db::params![""],
            &db::params!["ab", "c"],
            &db::params!["a", "bc"],
            &db::params![id],
            &db::params![id.as_bytes().as_slice()],
            &db::params![1],
        ];
        let digests = lists.map(|values| {
            let mut digest = StateDigest::new("thing");
            digest.values(values);
            digest.left(0).digest
        });
        let different: std::collections::BTreeSet<_> = digests.into_iter().collect();
        assert_eq!(different.len(), lists.len());
    }

    #[test]
    fn the_first_are_named_and_the_rest_counted() {
        let mut compared = Compared::default();
        for number in 0..25 {
            compared.found(Unlike::Missing { object: Uuid::from_u128(number) });
        }
        assert_eq!((compared.unlike.len(), compared.more), (NAMED_MAX, 5));
    }
}
