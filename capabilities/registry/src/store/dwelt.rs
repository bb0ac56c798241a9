//! Where a person belongs and belonged: all their memberships, for their own copy of what is kept.

use db::Tx;
use gate::Refusal;
use kernel::{CommunityId, Instant};

use crate::model::{HouseholdId, PersonId, Span};

db::sql! { module "registry.dwelt";
    OF = "select m.household_id, s.label, m.from_at, m.until_at from household_members m \
          join spots s on s.community_id = m.community_id and s.id = m.household_id \
          where m.community_id = $1 and m.person_id = $2 order by m.from_at, m.household_id \
          limit 100";
}

/// A household somebody belongs or belonged to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dwelt {
    pub household: HouseholdId,
    /// 化肥厂小区3栋2单元401
    pub label: String,
    pub span: Span,
}

/// The households of a person, the first one first, at most a hundred.
///
/// # Errors
/// Those of the database.
pub fn dwelt(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: PersonId,
) -> Result<Vec<Dwelt>, Refusal> {
    let rows = tx.rows(&OF, &db::params![community.uuid(), person.uuid()])?;
    rows.iter()
        .map(|row| {
            Ok(Dwelt {
                household: HouseholdId::from_uuid(row.id(0)?),
                label: row.text(1)?.to_owned(),
                span: Span {
                    from: Instant::from_micros(row.int(2)?),
                    until: row.opt_int(3)?.map(Instant::from_micros),
                },
            })
        })
        .collect()
}
