//! Each act, thin: facts for the policy, load, ask the rules, store.
//!
//! What one act does to other requests (parts, followers, parents) happens in the same
//! transaction, in [`follow`], and leaves a line in their histories too.

pub mod answer;
pub mod children;
pub mod clocks;
pub mod escalation;
pub mod filing;
mod follow;
pub mod handover;
pub mod merge;
pub mod photo;
pub mod reopening;
pub mod saved;
pub mod triage;
pub mod verification;
pub mod waiting;
pub mod words;

use std::sync::Arc;

use db::Tx;
use gate::{Acting, Actor, Facts, Refusal};
use kernel::{AccountId, Fault, Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Lines, Note, Promise, Request, RequestId, Short, Stage};
use crate::rules::clocks::ClockPolicy;
use crate::rules::decide::{By, Case, Change};
use crate::rules::infer::infer;
use crate::store::{policies, promises, row, search, state};

/// Every act upon one request, and every look at one, is asked about under this name.
pub const RESOURCE: &str = "Request";

/// What the caller gets back: how the request stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    pub id: RequestId,
    /// `2026-000123`.
    pub number: String,
    pub version: i64,
    pub stage: Stage,
    /// While it is paused: until when at the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_until_at: Option<Instant>,
}

impl Done {
    fn of(request: &Request) -> Done {
        Done {
            id: request.id,
            number: request.number(),
            version: request.version,
            stage: request.stage,
            paused_until_at: request.pause.as_ref().and_then(|pause| pause.until_at),
        }
    }
}

/// The part that all acts upon the request named in `request` have in common.
macro_rules! about_request {
    () => {
        fn addressed(&self) -> Option<uuid::Uuid> {
            Some(self.request.uuid())
        }

        fn facts(
            &self,
            tx: &mut db::Tx<'_>,
            actor: &gate::Actor,
        ) -> Result<gate::Facts, gate::Refusal> {
            $crate::actions::facts(tx, actor, self.request)
        }
    };
}
use about_request;

/// Declares an action upon one request that the rules decide alone.
macro_rules! decided {
    ($action:ident = $name:literal, |$given:ident, $case:ident| $decide:expr) => {
        impl gate::Action for $action {
            const NAME: &'static str = $name;
            const RESOURCE: &'static str = $crate::actions::RESOURCE;
            type Done = $crate::actions::Done;

            $crate::actions::about_request!();

            fn apply(&self, act: &mut gate::Acting<'_, '_>) -> Result<Self::Done, gate::Refusal> {
                let $given = self;
                $crate::actions::decide(act, self.request, self.version, |$case| $decide)
            }
        }
    };
}
use decided;

/// What the policy is told about a request: how the actor stands to it, and its stage.
///
/// # Errors
/// [`Refusal::NotFound`] when the actor's community has no such request.
pub(crate) fn facts(tx: &mut Tx<'_>, actor: &Actor, request: RequestId) -> Result<Facts, Refusal> {
    let request = row::find(tx, actor.community, request)?.ok_or(Refusal::NotFound)?;
    let facts = facts_about(tx, actor, &request)?;
    // The act itself begins with the same row.
    tx.remember(request);
    Ok(facts)
}

/// The same for a request at hand.
///
/// # Errors
/// Those of the database.
pub(crate) fn facts_about(
    tx: &mut Tx<'_>,
    actor: &Actor,
    request: &Request,
) -> Result<Facts, Refusal> {
    // Whose household it is matters to reps alone.
    let household = request.household.filter(|_| actor.has("liaison"));
    let liaison = match household.zip(actor.account()) {
        Some((id, account)) => registry::acting_liaison(
            tx,
            actor.community,
            registry::HouseholdId::from_uuid(id),
            account,
            actor.at,
        )?,
        None => None,
    };
    Ok(standing(actor, request, liaison))
}

/// The same where it is known who acts as the household's rep.
pub(crate) fn standing(actor: &Actor, request: &Request, liaison: Option<AccountId>) -> Facts {
    Facts::of(request.id.uuid())
        .standing(request.stands(actor, liaison.map(AccountId::uuid)))
        .in_state(request.stage.word())
        .seen_by("request.read")
}

/// A request with all that the rules are told about it.
struct Loaded {
    request: Request,
    promises: Vec<Promise>,
    policy: Arc<ClockPolicy>,
    by: By,
    heard: Lines,
    now: Instant,
}

impl Loaded {
    fn find(act: &mut Acting<'_, '_>, id: RequestId) -> Result<Loaded, Refusal> {
        let community = act.community();
        let remembered = act.tx.recall::<Request>().filter(|request| request.id == id);
        let request = match remembered {
            Some(request) => request,
            None => row::find(act.tx, community, id)?.ok_or(Refusal::NotFound)?,
        };
        Loaded::about(act, request)
    }

    fn about(act: &mut Acting<'_, '_>, request: Request) -> Result<Loaded, Refusal> {
        let community = act.community();
        let promises = promises::of(act.tx, community, request.id)?;
        let policy = policies::in_force(act.tx, community, act.now)?;
        let is_petitioner = act.actor.origin == gate::Origin::Code(request.id.uuid());
        let account = act.actor.account().map(AccountId::uuid);
        let by = By { account, is_petitioner };
        Ok(Loaded { request, promises, policy, by, heard: Lines::NONE, now: act.now })
    }

    /// The same, for what the program does because of an act on another request.
    fn by_itself(self) -> Loaded {
        Loaded { by: By::SYSTEM, ..self }
    }

    /// The same, with these lines to call for what the resident says.
    fn hearing(self, heard: Lines) -> Loaded {
        Loaded { heard, ..self }
    }

    fn case(&self) -> Case<'_> {
        Case {
            request: &self.request,
            promises: &self.promises,
            by: self.by,
            heard: self.heard,
            now: self.now,
            policy: &self.policy,
        }
    }

    /// Refuses a form that was filled in for an older version.
    fn check_version(&self, version: Option<i64>) -> Result<(), Refusal> {
        match version {
            Some(version) if version != self.request.version => {
                Err(Refusal::Stale { current: self.request.version })
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// What is told for a resident names who told it and how; the holder of the code is the resident.
fn expect_teller(
    act: &Acting<'_, '_>,
    told_by: Option<&Short>,
    rule: &'static str,
) -> Result<(), Refusal> {
    let speaks_for_another = act.actor.account().is_some();
    if speaks_for_another && told_by.is_none() {
        return Err(Refusal::field("told_by", Fault::new(rule)));
    }
    Ok(())
}

/// The lines to call for what somebody says, where it is the resident who says it or whose word is
/// passed on (R4). What a colleague writes is about the danger and not the danger.
fn heard(act: &Acting<'_, '_>, words: Option<&Note>, passed_on: bool) -> Lines {
    let of_resident = passed_on || act.actor.account().is_none();
    let words = words.filter(|_| of_resident);
    words.map_or(Lines::NONE, |words| infer(words.as_str(), "").emergencies)
}

/// Loads a request, lets the rules decide, keeps what they decided.
///
/// # Errors
/// [`Refusal::Stale`] for an older version, [`Refusal::Rule`] when a rule says no.
fn decide(
    act: &mut Acting<'_, '_>,
    id: RequestId,
    version: Option<i64>,
    decide: impl FnOnce(&Case<'_>) -> Result<Change, Fault>,
) -> Result<Done, Refusal> {
    decide_hearing(act, id, version, Lines::NONE, decide)
}

/// The same for an act with which the resident says something.
fn decide_hearing(
    act: &mut Acting<'_, '_>,
    id: RequestId,
    version: Option<i64>,
    heard: Lines,
    decide: impl FnOnce(&Case<'_>) -> Result<Change, Fault>,
) -> Result<Done, Refusal> {
    let loaded = Loaded::find(act, id)?.hearing(heard);
    loaded.check_version(version)?;
    let change = decide(&loaded.case()).map_err(Refusal::Rule)?;
    keep(act, &loaded, change).map(|request| Done::of(&request))
}

/// Stores a change and does what follows from it.
fn keep(act: &mut Acting<'_, '_>, loaded: &Loaded, change: Change) -> Result<Request, Refusal> {
    store(act, loaded, &change)?;
    let Change { request, follow, .. } = change;
    follow::all(act, &request, &follow)?;
    Ok(request)
}

/// Stores a change and nothing else.
fn store(act: &mut Acting<'_, '_>, loaded: &Loaded, change: &Change) -> Result<(), Refusal> {
    let community = act.community();
    let before = (&loaded.request, &*loaded.promises);
    let left = state::set(act.tx, community, before, change)?;
    act.left(change.request.id.uuid(), left);
    Ok(())
}

/// Stores a request that begins with this change, and makes it findable.
fn add(act: &mut Acting<'_, '_>, change: &Change) -> Result<(), Refusal> {
    let community = act.community();
    let left = state::add(act.tx, community, change)?;
    act.left(change.request.id.uuid(), left);
    search::put(act.tx, community, &change.request)
}
