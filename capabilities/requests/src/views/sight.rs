//! Where a request is about, and what of its history, as far as its reader may know: a department
//! sees the matter and not the person (least sight), and once it is over only its own work.

use db::Tx;
use gate::{Event, Facts, Looking, Refusal};
use kernel::{CommunityId, Instant};
use registry::HouseholdId;

use crate::model::{Request, Stage};

/// The question whether a reader may know at which door it is.
pub const DOOR: &str = "request.door";

/// What a reader may know of where things are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    /// Doors and households; otherwise buildings and public places.
    pub door: bool,
}

impl Sight {
    /// Asks the policy once for a whole page: it depends on roles alone.
    pub(super) fn of(look: &mut Looking<'_, '_>) -> Sight {
        let whole = Facts::of(look.actor.community.uuid());
        Sight { door: look.allows(DOOR, &whole) }
    }

    /// The place in words.
    pub(super) fn place(
        self,
        tx: &mut Tx<'_>,
        community: CommunityId,
        request: &Request,
        at: Instant,
    ) -> Result<String, Refusal> {
        if self.door || request.place.is_some() {
            return Ok(request.spot_label.clone());
        }
        let wider = match request.household {
            Some(id) => registry::building_of(tx, community, HouseholdId::from_uuid(id))?,
            // Typed by hand: what of it is known to be public.
            None => registry::spot_in(tx, community, &request.spot_label, at)?.map(|it| it.label),
        };
        Ok(wider.unwrap_or_default())
    }

    /// Whether only the reader's own work is left to be seen: the matter is over.
    pub(super) fn is_own_work_only(self, request: &Request) -> bool {
        !self.door && request.stage == Stage::Closed
    }

    /// The events of the history that the reader may see.
    pub(super) fn events(
        self,
        look: &Looking<'_, '_>,
        request: &Request,
        events: Vec<Event>,
    ) -> Vec<Event> {
        if !self.is_own_work_only(request) {
            return events;
        }
        let own = look.actor.origin.id();
        events.into_iter().filter(|event| event.actor.is_some() && event.actor == own).collect()
    }
}
