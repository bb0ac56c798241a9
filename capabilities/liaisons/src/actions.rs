//! What is done about reps: giving them households, letting somebody stand in, and handing over
//! what one who leaves held.

use std::collections::BTreeSet;

use access::{Colleague, Role};
use db::Tx;
use gate::{Acting, Action, Actor, Facts, Refusal};
use kernel::{AccountId, Day, Fault, Instant, Line, Text};
use registry::{Given, HandOver, HouseholdId, SpotId, Substitution, Trusted};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{Limit, Stage};
use crate::{rules, store};

/// The kinds of thing these are done to, as the policy names them.
pub const LIAISON: &str = "Liaison";
pub const HAND_OVER: &str = "HandOver";

/// The longest name of a place: 化肥厂小区3栋2单元401.
const PLACE_MAX: usize = 120;

/// The longest note for a successor: what fits on the printed list.
pub const NOTE_MAX: usize = 500;

/// Which rep it was about.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct LiaisonDone {
    pub account: AccountId,
}

/// How the actor stands to a rep: `self`, and for a grid head `own_grid` when all that the rep
/// holds lies in grids they head.
///
/// # Errors
/// [`Refusal::NotFound`] when nobody of this id is a rep or holds anything.
pub fn about(tx: &mut Tx<'_>, actor: &Actor, account: AccountId) -> Result<Facts, Refusal> {
    let community = actor.community;
    let held = registry::held(tx, community, account, actor.at)?;
    if held.is_empty() && !is_liaison(tx, actor, account, actor.at)? {
        return Err(Refusal::NotFound);
    }
    let mut stands = Vec::new();
    if actor.account() == Some(account) {
        stands.push("self");
    }
    if actor.has("grid_head") {
        let households = held.iter().map(|one| one.household);
        if all_in_own_grids(tx, actor, households)? {
            stands.push("own_grid");
        }
    }
    Ok(Facts::of(account.uuid()).standing(stands).seen_by("liaison.read"))
}

fn all_in_own_grids(
    tx: &mut Tx<'_>,
    actor: &Actor,
    households: impl Iterator<Item = HouseholdId>,
) -> Result<bool, Refusal> {
    let mut grids = BTreeSet::new();
    for household in households {
        grids.insert(registry::grid_of(tx, actor.community, household.into(), actor.at)?);
    }
    let is_own = |grid: &Option<registry::GridId>| {
        grid.is_some_and(|grid| actor.grids.contains(&grid.uuid()))
    };
    Ok(!grids.is_empty() && grids.iter().all(is_own))
}

/// Everybody who is a rep at `at`, by name.
///
/// # Errors
/// Those of the database.
pub fn liaisons(tx: &mut Tx<'_>, actor: &Actor, at: Instant) -> Result<Vec<Colleague>, Refusal> {
    let mut all = access::colleagues(tx, actor.community, at)?;
    all.retain(|one| one.has(Role::Liaison));
    Ok(all)
}

fn is_liaison(
    tx: &mut Tx<'_>,
    actor: &Actor,
    account: AccountId,
    at: Instant,
) -> Result<bool, Refusal> {
    Ok(liaisons(tx, actor, at)?.iter().any(|one| one.account == account))
}

/// Refuses whoever is no rep at `at` by the field that names them.
fn must_be_liaison(
    act: &mut Acting<'_, '_>,
    (field, account): (&str, AccountId),
    at: Instant,
) -> Result<(), Refusal> {
    if is_liaison(act.tx, act.actor, account, at)? {
        return Ok(());
    }
    Err(Refusal::field(field, Fault::new("liaisons.no_liaison")))
}

/// Says from how many households on a rep has many, from now on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitSet {
    pub households: u64,
}

/// The limit that holds from now on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LimitDone {
    pub households: u64,
}

impl Action for LimitSet {
    const NAME: &'static str = "liaison.set_limit";
    const RESOURCE: &'static str = LIAISON;
    type Done = LimitDone;

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<LimitDone, Refusal> {
        let households = self.households;
        rules::check_limit(households).map_err(|fault| Refusal::field("households", fault))?;
        let (community, limit) = (act.community(), Limit { households, from: act.now });
        store::add_limit(act.tx, community, limit)?;
        Ok(LimitDone { households })
    }
}

/// Gives a rep all households within a place, from a day on: behind one door, up a stairwell, in a
/// whole building. Whoever held them before ends there.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiaisonAssign {
    pub account: AccountId,
    /// The place's whole name: 化肥厂小区3栋2单元.
    pub place: Line<PLACE_MAX>,
    /// The first day; from now on without it.
    #[serde(default)]
    pub from: Option<Day>,
}

/// How many households lie in the place.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LiaisonAssigned {
    pub account: AccountId,
    pub households: usize,
}

impl Action for LiaisonAssign {
    const NAME: &'static str = "liaison.assign";
    const RESOURCE: &'static str = LIAISON;
    type Done = LiaisonAssigned;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.account.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        about(tx, actor, self.account)
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<LiaisonAssigned, Refusal> {
        let (community, account) = (act.community(), self.account);
        let from =
            rules::beginning(self.from, act.now).map_err(|fault| Refusal::field("from", fault))?;
        must_be_liaison(act, ("from", account), from)?;
        let unknown = || Refusal::field("place", Fault::new("liaisons.place_unknown"));
        let spot = registry::spot_called(act.tx, community, self.place.as_str(), act.now)?;
        let spot = spot.ok_or_else(unknown)?.id;
        let within = registry::within(act.tx, community, spot)?;
        if within.is_empty() {
            return Err(Refusal::field("place", Fault::new("liaisons.place_empty")));
        }
        if !may_give(act, &within)? {
            return Err(unknown());
        }
        let to = Trusted { grid: None, liaison: Some(account) };
        let households = registry::entrust(act.tx, community, spot, to, from)?;
        Ok(LiaisonAssigned { account, households })
    }
}

/// Nobody gives away a household they may not see: a grid head those of other grids.
fn may_give(act: &mut Acting<'_, '_>, households: &[SpotId]) -> Result<bool, Refusal> {
    for one in households {
        let spot = registry::spot(act.tx, act.community(), *one, act.now)?;
        let seen = |spot| act.allows("household.read", &registry::facts(act.actor, &spot));
        if !spot.is_some_and(seen) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Lets another rep see and do everything for a rep's households while that one is away.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiaisonSubstitute {
    /// The rep who is away.
    pub account: AccountId,
    pub substitute: AccountId,
    pub first_day: Day,
    pub last_day: Day,
}

impl Action for LiaisonSubstitute {
    const NAME: &'static str = "liaison.substitute";
    const RESOURCE: &'static str = LIAISON;
    type Done = LiaisonDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.account.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        about(tx, actor, self.account)
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<LiaisonDone, Refusal> {
        let (community, account) = (act.community(), self.account);
        let (from, until) = rules::absence(self.first_day, self.last_day, act.now)?;
        must_be_liaison(act, ("substitute", self.substitute), from)?;
        let (id, substitute) = (act.new_id(), self.substitute);
        let one = Substitution { id, account, substitute, from, until };
        rules::check_substitution(&one, &registry::substitutions(act.tx, community, act.now)?)?;
        registry::add_substitution(act.tx, community, &one)?;
        Ok(LiaisonDone { account })
    }
}

/// Ends a substitution now: the rep is back, or stays after all.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubstitutionEnd {
    pub account: AccountId,
    pub substitution: Uuid,
}

impl Action for SubstitutionEnd {
    const NAME: &'static str = "liaison.end_substitution";
    const RESOURCE: &'static str = LIAISON;
    type Done = LiaisonDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.account.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        about(tx, actor, self.account)
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<LiaisonDone, Refusal> {
        let (community, key) = (act.community(), (self.account, self.substitution));
        if !registry::end_substitution(act.tx, community, key, act.now)? {
            return Err(Refusal::NotFound);
        }
        Ok(LiaisonDone { account: self.account })
    }
}

/// Which list it was.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct HandOverDone {
    pub hand_over: Uuid,
}

/// A list, and how the actor stands to it: `successor`, and for a grid head `own_grid` when all that
/// is on it lies in grids they head.
///
/// # Errors
/// [`Refusal::NotFound`]
pub fn about_list(tx: &mut Tx<'_>, actor: &Actor, id: Uuid) -> Result<(HandOver, Facts), Refusal> {
    let list = registry::hand_over(tx, actor.community, id)?.ok_or(Refusal::NotFound)?;
    let mut stands = Vec::new();
    if list.given.is_some_and(|given| actor.account() == Some(given.successor)) {
        stands.push("successor");
    }
    if actor.has("grid_head") {
        let left = registry::left_behind(tx, actor.community, id, actor.at)?;
        if all_in_own_grids(tx, actor, left.iter().map(|one| one.household))? {
            stands.push("own_grid");
        }
    }
    Ok((list, Facts::of(id).standing(stands).seen_by("hand_over.read")))
}

/// Names the successor: what nobody else was given meanwhile is theirs from when the rep before
/// holds it no longer.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOverGive {
    pub hand_over: Uuid,
    pub successor: AccountId,
    /// What they must know to begin with.
    #[serde(default)]
    pub note: Option<Text<NOTE_MAX>>,
}

impl Action for HandOverGive {
    const NAME: &'static str = "hand_over.give";
    const RESOURCE: &'static str = HAND_OVER;
    type Done = HandOverDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.hand_over)
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        about_list(tx, actor, self.hand_over).map(|(_, facts)| facts)
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<HandOverDone, Refusal> {
        let (community, id) = (act.community(), self.hand_over);
        let list = registry::hand_over(act.tx, community, id)?.ok_or(Refusal::NotFound)?;
        rules::check_waiting(Stage::of(&list))?;
        let from = rules::succession(list.from, act.now);
        must_be_liaison(act, ("successor", self.successor), from)?;
        for left in registry::left_behind(act.tx, community, id, from)? {
            if left.liaison.is_none() {
                let to = Trusted { grid: None, liaison: Some(self.successor) };
                registry::entrust(act.tx, community, left.household.into(), to, from)?;
            }
        }
        let given = Given { successor: self.successor, at: act.now };
        let note = self.note.as_ref().map_or("", Text::as_str);
        if !registry::give_hand_over(act.tx, community, id, given, note)? {
            return Err(Refusal::rule("liaisons.given_already"));
        }
        Ok(HandOverDone { hand_over: id })
    }

    /// The note may tell of residents.
    fn personal(&self, done: &HandOverDone) -> Option<Uuid> {
        Some(done.hand_over)
    }
}

/// The successor takes the list over, with one tap.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOverAccept {
    pub hand_over: Uuid,
}

impl Action for HandOverAccept {
    const NAME: &'static str = "hand_over.accept";
    const RESOURCE: &'static str = HAND_OVER;
    type Done = HandOverDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.hand_over)
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        let (list, facts) = about_list(tx, actor, self.hand_over)?;
        Ok(facts.in_state(Stage::of(&list).word()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<HandOverDone, Refusal> {
        let (community, id) = (act.community(), self.hand_over);
        let successor = act.actor.account().ok_or(Refusal::NotFound)?;
        if !registry::accept_hand_over(act.tx, community, (id, successor), act.now)? {
            return Err(Refusal::rule("liaisons.accepted_already"));
        }
        Ok(HandOverDone { hand_over: id })
    }
}
