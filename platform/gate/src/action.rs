//! What a capability says of itself: typed actions, typed views, and the facts the policy is
//! asked about.

use std::time::Duration;

use db::Tx;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{Acting, Actor, Looking, Refusal};

/// How long a proof of who somebody is counts for acts that want a fresh one: a colleague is added
/// and their card printed in one go, and a screen left alone is not trusted past a coffee.
pub const FRESH_FOR: Duration = Duration::from_secs(15 * 60);

/// One thing somebody may do. The same value comes from a page, the API, an import, a job.
pub trait Action: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// `request.answer`: the same string in URL map, policy, audit, metrics and catalogue.
    const NAME: &'static str;
    /// The kind of thing it is done to, as the policy names it.
    const RESOURCE: &'static str;
    /// What the caller gets back, now and at every repetition of the same receipt.
    type Done: Serialize + DeserializeOwned + JsonSchema + Send + 'static;

    /// Whether it changes who may do what, or what everybody is measured by: then whoever does it has
    /// proved who they are within [`FRESH_FOR`], else [`Refusal::Prove`]. A screen left open and a
    /// stolen cookie are not enough for it.
    const FRESH: bool = false;

    /// The thing that the caller names, in whose history a repetition of the receipt is looked for.
    /// Acts that name none are addressed to the community.
    fn addressed(&self) -> Option<Uuid> {
        None
    }

    /// How the actor stands to the thing, and what state it is in.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such thing in the actor's community.
    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal>;

    /// Load, ask the rules, store. Runs to completion in one transaction.
    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<Self::Done, Refusal>;

    /// The thing that came into being, for actions that make one: the event is about it.
    fn made(_: &Self::Done) -> Option<Uuid> {
        None
    }

    /// Whose personal data the action carries: it is kept under that subject's key, which the act
    /// has made or found. Erasing the subject then erases the words of the event, and not that it
    /// happened.
    fn personal(&self, _: &Self::Done) -> Option<Uuid> {
        None
    }
}

/// One thing somebody may look at: one value that is the page, the fragment and the JSON body.
pub trait View: DeserializeOwned + JsonSchema + Send + Sync + 'static {
    const NAME: &'static str;
    const RESOURCE: &'static str;
    type Body: Serialize + JsonSchema + Send + 'static;

    /// Loads what the actor may see. Must ask the policy at least once through
    /// [`Looking::permit`] or [`Looking::allows`]; the gate refuses a view that did not.
    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Self::Body, Refusal>;
}

/// What the policy is told about the thing acted upon.
///
/// Facts are relations and states, never personal data, so a decision is a pure function of
/// (action, roles, facts) and may be remembered for ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Facts {
    /// The thing, for the event row.
    pub object: Uuid,
    /// How the actor stands to it: `lead`, `own_household`, `accused`…
    pub stands: Vec<&'static str>,
    /// Its state: a stage of a workflow, or `""`.
    pub state: &'static str,
    /// The action whose permission means "may know that this exists". Denied that, a denied
    /// actor is told "not found" instead of "not allowed".
    pub seen_by: Option<&'static str>,
}

impl Facts {
    /// Facts about a thing without states.
    pub fn of(object: Uuid) -> Facts {
        Facts { object, stands: Vec::new(), state: "", seen_by: None }
    }

    pub fn standing(mut self, stands: Vec<&'static str>) -> Facts {
        self.stands = stands;
        self
    }

    pub fn in_state(mut self, state: &'static str) -> Facts {
        self.state = state;
        self
    }

    pub fn seen_by(mut self, action: &'static str) -> Facts {
        self.seen_by = Some(action);
        self
    }
}

/// The client's own number for one intention. The same receipt of the same actor for the same thing
/// is applied once; two actors never share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt(pub Uuid);
