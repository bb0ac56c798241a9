//! Who works here: adding a colleague, their roles and areas, their card, and the end of all that.
//!
//! A card's secret never comes here, only its hash, and serde skips even that.

use db::Tx;
use gate::{Acting, Action, Actor, Facts, FieldFault, Refusal};
use kernel::{AccountId, Day, Fault, Instant, Line};
use registry::GridId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::NAME_MAX;
use super::several::NewColleague;
use crate::model::{Account, Role, Staff, Term};
use crate::rules;
use crate::store::{accounts, credentials, staff};

/// The kind of thing these are done to, as the policy names it.
pub const RESOURCE: &str = "Account";

/// The longest name of a grid or of a place that is given: 化肥厂小区3栋2单元.
pub const PLACE_MAX: usize = 120;

/// Whose account it was.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct StaffDone {
    pub account: AccountId,
}

/// Adds a colleague with a first role from now on. They can enter once a card was issued.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountAdd {
    /// How colleagues and residents call them.
    pub name: Line<NAME_MAX>,
    pub role: Role,
    /// The name of the grid, for grid heads and reps; a new name enters a new grid.
    #[serde(default)]
    pub grid: Option<Line<NAME_MAX>>,
    #[serde(default)]
    pub phone: Option<Line<30>>,
    /// The last day of the role; without it there is no end yet.
    #[serde(default)]
    pub last_day: Option<Day>,
}

impl Action for AccountAdd {
    const NAME: &'static str = "account.add";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = StaffDone;

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StaffDone, Refusal> {
        let one = NewColleague {
            name: self.name.clone(),
            phone: self.phone.clone(),
            grid: self.grid.clone(),
            places: Vec::new(),
        };
        let mut wrong = faults(act, self.role, &one)?;
        let verdict = rules::check_last_day(self.last_day, act.now);
        wrong.extend(verdict.err().map(|fault| faulty("last_day", fault)));
        if !wrong.is_empty() {
            return Err(Refusal::Invalid(wrong));
        }
        let account = enter(act, (self.role, self.last_day), &one)?;
        Ok(StaffDone { account })
    }

    fn made(done: &StaffDone) -> Option<Uuid> {
        Some(done.account.uuid())
    }
}

/// Gives a colleague one more role from now on.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleAdd {
    pub account: AccountId,
    pub role: Role,
    /// As for a new colleague.
    #[serde(default)]
    pub grid: Option<Line<NAME_MAX>>,
    #[serde(default)]
    pub last_day: Option<Day>,
}

impl Action for RoleAdd {
    const NAME: &'static str = "role.add";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = StaffDone;

    about_account!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StaffDone, Refusal> {
        let one = working(act, self.account)?;
        rules::check_grid(self.role, self.grid.is_some())
            .map_err(|fault| Refusal::field("grid", fault))?;
        rules::check_last_day(self.last_day, act.now)
            .map_err(|fault| Refusal::field("last_day", fault))?;
        // A grid head may head two grids; every other role is had once.
        if self.role != Role::GridHead && one.has(self.role, act.now) {
            return Err(Refusal::field("role", Fault::new("access.role_held")));
        }
        begin(act, self.account, (self.role, self.grid.as_ref()), self.last_day)?;
        Ok(StaffDone { account: self.account })
    }
}

/// Ends one role. Its rights end with it, at the very next request.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleEnd {
    pub account: AccountId,
    /// Which of their terms.
    pub term: Uuid,
    /// The last day on which it still holds; without it it ends now.
    #[serde(default)]
    pub last_day: Option<Day>,
}

impl Action for RoleEnd {
    const NAME: &'static str = "role.end";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = StaffDone;

    about_account!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StaffDone, Refusal> {
        let one = working(act, self.account)?;
        let from = ending(self.last_day, act.now)?;
        let term = one.terms.iter().find(|term| term.id == self.term && term.lasts(act.now));
        let term = term.ok_or(Refusal::NotFound)?;
        if term.role == Role::Administrator {
            another_administrator(act, self.account)?;
        }
        let community = act.community();
        staff::end_role(act.tx, community, (self.account, self.term), from)?;
        if term.role == Role::Liaison {
            leave(act, self.account, from)?;
        }
        Ok(StaffDone { account: self.account })
    }
}

/// Ends an account with all its roles, cards and sessions.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountEnd {
    pub account: AccountId,
    /// The last day on which they work here; without it it ends now.
    #[serde(default)]
    pub last_day: Option<Day>,
}

impl Action for AccountEnd {
    const NAME: &'static str = "account.end";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = StaffDone;

    about_account!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StaffDone, Refusal> {
        let one = working(act, self.account)?;
        let from = ending(self.last_day, act.now)?;
        if one.has(Role::Administrator, act.now) {
            another_administrator(act, self.account)?;
        }
        let community = act.community();
        staff::close(act.tx, community, self.account, from)?;
        leave(act, self.account, from)?;
        if from <= act.now {
            staff::end_sessions(act.tx, community, self.account, act.now)?;
        }
        Ok(StaffDone { account: self.account })
    }
}

/// Issues a card. The one before it is dead, and so are the sessions it opened.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CardIssue {
    pub account: AccountId,
    #[serde(skip)]
    pub card: Option<web::Secret>,
}

/// The card that was issued, told from others by the beginning of its hash. The secret itself is
/// shown once and kept nowhere; a repeated receipt finds that it made another one.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct CardIssued {
    pub account: AccountId,
    pub mark: String,
}

impl Action for CardIssue {
    const NAME: &'static str = "card.issue";
    const RESOURCE: &'static str = RESOURCE;
    const FRESH: bool = true;
    type Done = CardIssued;

    about_account!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<CardIssued, Refusal> {
        let one = working(act, self.account)?;
        if one.is_program {
            return Err(Refusal::rule("access.program_has_no_card"));
        }
        let card = self.card.as_ref();
        let card = card.ok_or_else(|| Refusal::Defect("no card came".to_owned()))?;
        let (community, id, now) = (act.community(), act.new_id(), act.now);
        credentials::add_card(act.tx, self.account, id, (card, None), now)?;
        staff::end_card_sessions(act.tx, community, self.account, now)?;
        Ok(CardIssued { account: self.account, mark: mark(card) })
    }
}

/// The beginning of a card's hash: tells two cards apart and opens nothing.
pub fn mark(card: &web::Secret) -> String {
    card.hash().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Gives a place with everything within it: a rep becomes the rep of its households, and it lies
/// from now on in the grid of the rep or of the grid head.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaAssign {
    pub account: AccountId,
    /// The place's whole name: 化肥厂小区3栋2单元.
    pub place: Line<PLACE_MAX>,
}

/// How many households lie in the area.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct AreaAssigned {
    pub account: AccountId,
    pub households: usize,
}

impl Action for AreaAssign {
    const NAME: &'static str = "area.assign";
    const RESOURCE: &'static str = RESOURCE;
    type Done = AreaAssigned;

    about_account!();

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<AreaAssigned, Refusal> {
        let one = working(act, self.account)?;
        if !one.has(Role::Liaison, act.now) && one.grid(act.now).is_none() {
            return Err(Refusal::rule("access.no_area"));
        }
        let households = entrust(act, self.account, self.place.as_str())?;
        let unknown = || Refusal::field("place", Fault::new("access.place_unknown"));
        let households = households.ok_or_else(unknown)?;
        Ok(AreaAssigned { account: self.account, households })
    }
}

/// The account with all its terms, and how the actor stands to it.
pub fn about(
    tx: &mut Tx<'_>,
    actor: &Actor,
    account: AccountId,
) -> Result<(Staff, Facts), Refusal> {
    let one = staff::one(tx, actor.community, account)?.ok_or(Refusal::NotFound)?;
    let stands = if actor.account() == Some(account) { vec!["self"] } else { Vec::new() };
    Ok((one, Facts::of(account.uuid()).standing(stands).seen_by("account.read")))
}

/// One's own account, for what everybody does with it.
pub(super) fn own(actor: &Actor) -> Result<Facts, Refusal> {
    let account = actor.account().ok_or(Refusal::SignIn)?;
    Ok(Facts::of(account.uuid()).standing(vec!["self"]))
}

/// The account, while it is open.
pub(super) fn working(act: &mut Acting<'_, '_>, account: AccountId) -> Result<Staff, Refusal> {
    let community = act.community();
    let one = staff::one(act.tx, community, account)?.ok_or(Refusal::NotFound)?;
    if one.closed_at.is_some_and(|closed_at| closed_at <= act.now) {
        return Err(Refusal::rule("access.account_ended"));
    }
    Ok(one)
}

/// What is wrong with a new colleague of that role, by field.
pub(super) fn faults(
    act: &mut Acting<'_, '_>,
    role: Role,
    one: &NewColleague,
) -> Result<Vec<FieldFault>, Refusal> {
    let (community, now) = (act.community(), act.now);
    let taken = staff::is_named(act.tx, community, one.name.as_str(), now)?;
    let named = if taken { Err(Fault::new("access.name_taken")) } else { Ok(()) };
    let phone = one.phone.as_ref().map_or(Ok(()), |phone| registry::check_phone(phone.as_str()));
    let all =
        [("grid", rules::check_grid(role, one.grid.is_some())), ("phone", phone), ("name", named)];
    Ok(all.into_iter().filter_map(|(field, verdict)| Some(faulty(field, verdict.err()?))).collect())
}

fn faulty(field: &str, fault: Fault) -> FieldFault {
    FieldFault { field: field.to_owned(), fault }
}

/// Enters a colleague with their first role.
pub(super) fn enter(
    act: &mut Acting<'_, '_>,
    (role, last_day): (Role, Option<Day>),
    one: &NewColleague,
) -> Result<AccountId, Refusal> {
    let community = act.community();
    let account = AccountId::from_uuid(act.new_id());
    let named = Account {
        id: account,
        name: one.name.as_str().to_owned(),
        sign_in_name: None,
        person: None,
        created_at: act.now,
    };
    accounts::add(act.tx, community, &named)?;
    if let Some(phone) = &one.phone {
        staff::set_phone(act.tx, community, account, phone.as_str())?;
    }
    begin(act, account, (role, one.grid.as_ref()), last_day)?;
    Ok(account)
}

/// Gives a place with everything within it to somebody; how many households lie in it. None when
/// no one place is called so.
pub(super) fn entrust(
    act: &mut Acting<'_, '_>,
    account: AccountId,
    place: &str,
) -> Result<Option<usize>, Refusal> {
    let (community, now) = (act.community(), act.now);
    let one = staff::one(act.tx, community, account)?.ok_or(Refusal::NotFound)?;
    let Some(spot) = registry::spot_called(act.tx, community, place, now)? else {
        return Ok(None);
    };
    let liaison = one.has(Role::Liaison, now).then_some(account);
    let to = registry::Trusted { grid: one.grid(now), liaison };
    registry::entrust(act.tx, community, spot.id, to, now).map(Some)
}

fn begin(
    act: &mut Acting<'_, '_>,
    account: AccountId,
    (role, grid): (Role, Option<&Line<NAME_MAX>>),
    last_day: Option<Day>,
) -> Result<(), Refusal> {
    let community = act.community();
    let grid = match grid.filter(|_| role.has_grid()) {
        Some(name) => {
            let fresh = GridId::from_uuid(act.new_id());
            Some(registry::grid_called(act.tx, community, name.as_str(), fresh)?)
        }
        None => None,
    };
    let until = last_day.map(|day| day.next().start());
    let term = Term { id: act.new_id(), role, grid, from: act.now, until };
    accounts::add_role(act.tx, community, account, &term)
}

/// From when on something is over: the day after its last one, or now.
fn ending(last_day: Option<Day>, now: Instant) -> Result<Instant, Refusal> {
    rules::check_last_day(last_day, now).map_err(|fault| Refusal::field("last_day", fault))?;
    Ok(last_day.map_or(now, |day| day.next().start()))
}

/// What a rep held ends, and stands on a list until a successor takes it over (G7).
fn leave(act: &mut Acting<'_, '_>, account: AccountId, from: Instant) -> Result<(), Refusal> {
    let (community, list) = (act.community(), act.new_id());
    registry::open_hand_over(act.tx, community, (list, account), from)?;
    registry::let_go(act.tx, community, account, from)?;
    Ok(())
}

fn another_administrator(act: &mut Acting<'_, '_>, account: AccountId) -> Result<(), Refusal> {
    let community = act.community();
    if staff::has_other_administrator(act.tx, community, account, act.now)? {
        Ok(())
    } else {
        Err(Refusal::rule("access.last_administrator"))
    }
}
