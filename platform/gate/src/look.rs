//! Reading: through a view, permitted by policy, with a line for every look at a person's data.

use db::Tx;
use kernel::{CommunityId, Instant};
use uuid::Uuid;

use crate::{Actor, Chance, Facts, Policy, Refusal};

db::sql! { module "gate";
    LINE_ADD = "insert into access_lines (community_id, subject_id, id, actor_id, purpose, \
                object_id, at) values ($1,$2,$3,$4,$5,$6,$7)";
    LINES_ABOUT = "select actor_id, purpose, object_id, at from access_lines \
                   where community_id = $1 and subject_id = $2 order by id desc limit 200";
}

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
        if !self.seen.contains(&line) {
            self.seen.push(line);
        }
    }
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
    let rows = tx.rows(&LINES_ABOUT, &db::params![community.uuid(), subject])?;
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
