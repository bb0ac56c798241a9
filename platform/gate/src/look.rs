//! Reading: through a view, permitted by policy, with a line for every look at a person's data.

use std::collections::BTreeSet;

use db::Tx;
use kernel::{CommunityId, Instant};
use uuid::Uuid;

use crate::{Actor, Chance, Facts, Policy, Refusal};

db::sql! { module "gate";
    LINE_ADD = "insert into access_lines (community_id, subject_id, id, actor_id, purpose, \
                object_id, at) values ($1,$2,$3,$4,$5,$6,$7)";
    LINE_SINCE = "select 1 from access_lines \
                  where community_id = $1 and subject_id = $2 and id >= $3 and actor_id = $4 \
                    and purpose = $5 and object_id = $6 limit 1";
    LINES_BEFORE = "select actor_id, purpose, object_id, at from access_lines \
                    where community_id = $1 and subject_id = $2 and id < $3 \
                    order by id desc limit $4";
    LINES_ABOUT = "select actor_id, purpose, object_id, at from access_lines \
                   where community_id = $1 and subject_id = $2 order by id desc limit 200";
}

/// A page that refreshes by itself, or is read again after a call, is one look: a quarter of an
/// hour is longer than one sitting with a request and shorter than the next visit to it.
const ONE_LOOK_MICROS: i64 = 15 * 60 * 1_000_000;

/// One look at a person's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Whose data: a person's id, or a request's where the petitioner is not registered.
    pub subject: Uuid,
    pub actor: Option<Uuid>,
    /// The name of the view or action that needed it.
    pub purpose: String,
    /// In which matter.
    pub object: Uuid,
    pub at: Instant,
}

/// What a view works with.
pub struct Looking<'a, 'tx> {
    pub tx: &'a mut Tx<'tx>,
    pub actor: &'a Actor,
    pub now: Instant,
    pub(crate) policy: &'a Policy,
    pub(crate) asked: bool,
    pub(crate) seen: Vec<Seen>,
    /// What is in `seen` already: subject, purpose and matter.
    pub(crate) told: BTreeSet<(Uuid, &'static str, Uuid)>,
}

impl Looking<'_, '_> {
    /// Whether this row may be shown: for lists, row by row.
    pub fn allows(&mut self, action: &'static str, facts: &Facts) -> bool {
        self.asked = true;
        self.policy.allows(self.actor, action, facts)
    }

    /// Refuses with "not found" what may not be seen.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also when nobody is signed in and the thing is not public.
    pub fn permit(&mut self, action: &'static str, facts: &Facts) -> Result<(), Refusal> {
        if self.allows(action, facts) {
            return Ok(());
        }
        if self.actor.origin == crate::Origin::Nobody {
            return Err(Refusal::SignIn);
        }
        Err(Refusal::NotFound)
    }

    /// States that personal data of `subject` goes into the answer.
    pub fn saw(&mut self, subject: Uuid, purpose: &'static str, object: Uuid) {
        let line = Seen {
            subject,
            actor: self.actor.origin.id(),
            purpose: purpose.to_owned(),
            object,
            at: self.now,
        };
        if self.told.insert((subject, purpose, object)) {
            self.seen.push(line);
        }
    }
}

/// The looks that have left no line yet: a repeated one, by the same person for the same purpose
/// in the same matter within [`ONE_LOOK_MICROS`], is told already.
pub(crate) fn untold(
    tx: &mut Tx<'_>,
    community: CommunityId,
    seen: Vec<Seen>,
) -> Result<Vec<Seen>, Refusal> {
    let mut untold = Vec::with_capacity(seen.len());
    for line in seen {
        if !is_told(tx, community, &line)? {
            untold.push(line);
        }
    }
    Ok(untold)
}

fn is_told(tx: &mut Tx<'_>, community: CommunityId, line: &Seen) -> Result<bool, Refusal> {
    // Only people are known again; the program's own looks are told one by one.
    let Some(actor) = line.actor else { return Ok(false) };
    let since = Instant::from_micros(line.at.micros().saturating_sub(ONE_LOOK_MICROS));
    // Lines are numbered by time, so the first number of that moment bounds them.
    let first = kernel::uuid_v7(since, [0; 10]);
    let given = db::params![
        community.uuid(),
        line.subject,
        first,
        actor,
        line.purpose.as_str(),
        line.object
    ];
    Ok(tx.row(&LINE_SINCE, &given)?.is_some())
}

/// Keeps the lines; called before the answer leaves.
pub(crate) fn keep(
    tx: &mut Tx<'_>,
    chance: &Chance,
    community: CommunityId,
    lines: &[Seen],
) -> Result<(), Refusal> {
    for line in lines {
        tx.later(
            &LINE_ADD,
            &db::params![
                community.uuid(),
                line.subject,
                chance.id(line.at),
                line.actor,
                line.purpose.as_str(),
                line.object,
                line.at.micros()
            ],
        )?;
    }
    Ok(())
}

/// Who looked at this subject's data, newest first, at most 200 lines.
///
/// # Errors
/// Only those of the database.
pub fn lines_about(
    tx: &mut Tx<'_>,
    community: CommunityId,
    subject: Uuid,
) -> Result<Vec<Seen>, Refusal> {
    read_lines(subject, &tx.rows(&LINES_ABOUT, &db::params![community.uuid(), subject])?)
}

/// Who looked at this subject's data before a moment, newest first, at most so many lines.
///
/// # Errors
/// Only those of the database.
pub fn lines_before(
    tx: &mut Tx<'_>,
    community: CommunityId,
    subject: Uuid,
    (before, limit): (Instant, i64),
) -> Result<Vec<Seen>, Refusal> {
    // Lines are numbered by time, so the first number of that moment bounds them.
    let first = kernel::uuid_v7(before, [0; 10]);
    let key = db::params![community.uuid(), subject, first, limit];
    read_lines(subject, &tx.rows(&LINES_BEFORE, &key)?)
}

fn read_lines(subject: Uuid, rows: &[db::Row]) -> Result<Vec<Seen>, Refusal> {
    rows.iter()
        .map(|row| {
            Ok(Seen {
                subject,
                actor: row.opt_id(0)?,
                purpose: row.text(1)?.to_owned(),
                object: row.id(2)?,
                at: Instant::from_micros(row.int(3)?),
            })
        })
        .collect()
}
