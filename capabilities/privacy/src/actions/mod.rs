//! What is done for a resident about their data. Thin: facts for the policy, load, ask the rules, store.

/// The part that all acts for the resident named in `person` have in common.
macro_rules! about_resident {
    () => {
        fn addressed(&self) -> Option<Uuid> {
            Some(self.person.uuid())
        }

        fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
            about(tx, actor, self.person).map(|(_, facts)| facts)
        }
    };
}

pub mod consents;
pub mod copies;
pub mod erasures;

use db::Tx;
use gate::{Actor, Facts, Origin, Refusal};
use registry::{Person, PersonId};

/// The kind of thing these are done to, as the policy names it.
pub const RESOURCE: &str = "Person";

/// How somebody stands to a resident: `own_code` for whoever holds the code of that resident.
pub fn facts(actor: &Actor, person: PersonId) -> Facts {
    let own = actor.origin == Origin::Code(person.uuid());
    let stands = if own { vec!["own_code"] } else { Vec::new() };
    Facts::of(person.uuid()).standing(stands).seen_by("privacy.read")
}

/// The same for an act upon a resident of the community; there is none after their erasure.
pub(crate) fn about(
    tx: &mut Tx<'_>,
    actor: &Actor,
    person: PersonId,
) -> Result<(Person, Facts), Refusal> {
    let found = registry::person(tx, actor.community, person)?.ok_or(Refusal::NotFound)?;
    Ok((found, facts(actor, person)))
}
