//! Who works here: the list of accounts, one account with its roles, and the form for a new one.

use std::collections::BTreeMap;

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use kernel::{AccountId, Day, Instant};
use registry::GridId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::{Page, Shell};

use crate::actions::staff::{RESOURCE, about};
use crate::model::{Role, Staff, Term};
use crate::store::{credentials, second_factors, sessions, staff};

/// Places offered for an area: compounds, buildings and stairwells of a community of the founding
/// size are about 300.
const PLACES_MAX: usize = 2_000;

/// Everybody who works here, those who left, and the programs that hold tokens.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AccountList {}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Accounts {
    /// With a role that holds now, by name.
    pub working: Vec<AccountRow>,
    /// Made with `lianhu token`.
    pub programs: Vec<AccountRow>,
    /// Without any role now.
    pub gone: Vec<AccountRow>,
    /// Whether the reader may add a colleague.
    pub may_add: bool,
    /// How many of them have neither password nor a card that was ever used.
    pub cards_wanted: usize,
    /// Whether everybody of the office needs a second step after the password.
    pub second_step_required: bool,
    /// Whether every card has a PIN, chosen at its first use.
    pub pins_required: bool,
    /// Whether the reader may say so of both.
    pub may_require: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountRow {
    pub account: AccountId,
    pub name: String,
    /// Those that hold now; for who is gone, those that held last.
    pub roles: Vec<RoleRow>,
    /// Whether a card or a password lets them in.
    pub may_enter: bool,
}

/// A role for a time.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RoleRow {
    pub term: Uuid,
    pub role: Role,
    /// The grid's name.
    pub grid: Option<String>,
    pub from: Instant,
    /// The last day it holds; none while no end is known.
    pub last_day: Option<Day>,
    /// Whether it is over.
    pub over: bool,
}

impl RoleRow {
    /// The role's word, for the catalogue.
    pub fn word(&self) -> &'static str {
        self.role.word()
    }

    /// The first day.
    pub fn first_day(&self) -> Day {
        self.from.day()
    }
}

impl View for AccountList {
    const NAME: &'static str = "account.list";
    const RESOURCE: &'static str = RESOURCE;
    type Body = Accounts;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Accounts, Refusal> {
        let community = look.actor.community;
        let whole = Facts::of(community.uuid());
        look.permit(Self::NAME, &whole)?;
        let may_add = look.allows("account.add", &whole);
        let names = grid_names(look)?;
        let (mut working, mut programs, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for one in staff::list(look.tx, community)? {
            let works = one.works(look.now);
            let group = match (works, one.is_program) {
                (true, true) => &mut programs,
                (true, false) => &mut working,
                (false, _) => &mut gone,
            };
            group.push(row(&one, works, &names, look.now));
        }
        Ok(Accounts {
            working,
            programs,
            gone,
            may_add,
            cards_wanted: staff::cardless(look.tx, community, look.now)?.len(),
            second_step_required: second_factors::is_required(look.tx, community)?,
            pins_required: credentials::pins_required(look.tx, community)?,
            may_require: look.allows("second_factor.require", &whole),
        })
    }
}

fn row(one: &Staff, works: bool, grids: &Grids, now: Instant) -> AccountRow {
    let roles = one.terms.iter().filter(|term| !works || term.holds(now));
    AccountRow {
        account: one.account,
        name: one.name.clone(),
        roles: roles.map(|term| role_row(term, grids, now)).collect(),
        may_enter: one.has_card || one.has_password,
    }
}

fn role_row(term: &Term, grids: &Grids, now: Instant) -> RoleRow {
    // A term ends at a moment of a day: that day is its last one, unless it is midnight.
    let last = |until: Instant| until.minus(std::time::Duration::from_micros(1)).day();
    RoleRow {
        term: term.id,
        role: term.role,
        grid: term.grid.and_then(|grid| grids.get(&grid).cloned()),
        from: term.from,
        last_day: term.until.map(last),
        over: !term.lasts(now),
    }
}

type Grids = BTreeMap<GridId, String>;

fn grid_names(look: &mut Looking<'_, '_>) -> Result<Grids, Refusal> {
    let grids = registry::grids(look.tx, look.actor.community)?;
    Ok(grids.into_iter().map(|grid| (grid.id, grid.name)).collect())
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage<'a> {
    body: &'a Accounts,
    shell: &'a Shell<'a>,
}

impl Page for AccountList {
    fn render(body: &Accounts, shell: &Shell<'_>) -> Result<String, askama::Error> {
        AccountsPage { body, shell }.render()
    }
}

/// One account.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub struct AccountRead {
    pub account: AccountId,
}

#[derive(Serialize, JsonSchema)]
pub struct AccountShown {
    pub account: AccountId,
    pub name: String,
    /// For those who may change something here; empty for everybody else.
    pub phone: String,
    pub created_at: Instant,
    /// The account's last day.
    pub last_day: Option<Day>,
    /// Whether it is over.
    pub over: bool,
    /// All there ever were, the oldest first.
    pub roles: Vec<RoleRow>,
    pub has_card: bool,
    pub has_password: bool,
    /// Asked for a code after the password.
    pub has_second_factor: bool,
    pub is_program: bool,
    /// Phones, computers and tokens that act under this account now.
    pub sessions: usize,
    /// Households they are the rep of now.
    pub households: u64,
    /// What the reader may do here: `card.issue`, `role.add`, `role.end`, `area.assign`,
    /// `account.end`, `account.sign_out`, `second_factor.end`.
    pub may: Vec<&'static str>,
    /// Names of grids there are.
    pub grids: Vec<String>,
    /// Names of places that can be given, where the reader may give some.
    pub places: Vec<String>,
}

impl AccountShown {
    /// Whether the reader may do this here.
    pub fn may(&self, action: &str) -> bool {
        self.may.contains(&action)
    }
}

impl View for AccountRead {
    const NAME: &'static str = "account.read";
    const RESOURCE: &'static str = RESOURCE;
    type Body = AccountShown;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<AccountShown, Refusal> {
        let (community, now) = (look.actor.community, look.now);
        let found = about(look.tx, look.actor, self.account);
        let (one, facts) = match found {
            Ok(found) => found,
            Err(refusal) => {
                // Unknown and forbidden look the same, to those who are not signed in too.
                look.permit(Self::NAME, &Facts::of(self.account.uuid()))?;
                return Err(refusal);
            }
        };
        look.permit(Self::NAME, &facts)?;
        let over = one.closed_at.is_some_and(|closed_at| closed_at <= now);
        let open = sessions::of(look.tx, community, self.account, now)?.len();
        let may = may(look, &one, &facts, (over, open));
        let phone = if may.is_empty() || one.phone.is_empty() {
            String::new()
        } else {
            look.saw(one.account.uuid(), Self::NAME, one.account.uuid());
            one.phone.clone()
        };
        let places = match may.contains(&"area.assign") {
            true => registry::places(look.tx, community, now, "", PLACES_MAX)?,
            false => Vec::new(),
        };
        let households = registry::held_by(look.tx, community, self.account, now)?;
        let names = grid_names(look)?;
        let last = |until: Instant| until.minus(std::time::Duration::from_micros(1)).day();
        Ok(AccountShown {
            account: one.account,
            roles: one.terms.iter().map(|term| role_row(term, &names, now)).collect(),
            name: one.name,
            phone,
            created_at: one.created_at,
            last_day: one.closed_at.map(last),
            over,
            has_card: one.has_card,
            has_password: one.has_password,
            has_second_factor: one.has_second_factor,
            is_program: one.is_program,
            sessions: open,
            households,
            may,
            grids: names.into_values().collect(),
            places: places.into_iter().map(|place| place.label).collect(),
        })
    }
}

/// What the reader may do with this account, and what makes sense for it.
fn may(
    look: &mut Looking<'_, '_>,
    one: &Staff,
    facts: &Facts,
    (over, open): (bool, usize),
) -> Vec<&'static str> {
    let has_area = one.has(Role::Liaison, look.now) || one.has(Role::GridHead, look.now);
    let all = [
        ("card.issue", !one.is_program),
        ("area.assign", has_area),
        ("role.add", true),
        ("role.end", true),
        ("account.end", true),
        ("account.sign_out", open > 0),
        ("second_factor.end", one.has_second_factor),
    ];
    let sensible = all.into_iter().filter(|(_, sensible)| *sensible && !over);
    sensible.map(|(action, _)| action).filter(|action| look.allows(action, facts)).collect()
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    body: &'a AccountShown,
    shell: &'a Shell<'a>,
}

impl Page for AccountRead {
    fn render(body: &AccountShown, shell: &Shell<'_>) -> Result<String, askama::Error> {
        AccountPage { body, shell }.render()
    }
}

/// The form for a new colleague, with the grids there are.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AccountForm {}

#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountOffer {
    pub grids: Vec<String>,
}

impl View for AccountForm {
    const NAME: &'static str = "account.add";
    const RESOURCE: &'static str = RESOURCE;
    type Body = AccountOffer;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<AccountOffer, Refusal> {
        let whole = Facts::of(look.actor.community.uuid());
        look.permit(Self::NAME, &whole)?;
        Ok(AccountOffer { grids: grid_names(look)?.into_values().collect() })
    }
}

#[derive(Template)]
#[template(path = "account_new.html")]
struct AccountNewPage<'a> {
    body: &'a AccountOffer,
    shell: &'a Shell<'a>,
}

impl Page for AccountForm {
    fn render(body: &AccountOffer, shell: &Shell<'_>) -> Result<String, askama::Error> {
        AccountNewPage { body, shell }.render()
    }
}
