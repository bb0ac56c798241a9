//! Who may act: accounts with their roles, what opens a session, and the sessions themselves.

use kernel::{AccountId, Instant};
use registry::{GridId, PersonId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What somebody may be. The word is the role's name in every policy.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Liaison rep (联户代表).
    Liaison,
    /// Head of a grid (网格长).
    GridHead,
    /// Clerk of the community office (社区干部).
    Clerk,
    /// Secretary, who decides what the office cannot decide for itself (书记).
    Secretary,
    /// Sets the system up; sees no resident's data by that role.
    Administrator,
    /// Reads the journal.
    Auditor,
    /// A department called in (部门).
    Department,
}

impl Role {
    /// All there are.
    pub const ALL: &[Role] = &[
        Role::Liaison,
        Role::GridHead,
        Role::Clerk,
        Role::Secretary,
        Role::Administrator,
        Role::Auditor,
        Role::Department,
    ];

    /// The name in policies and in the database; its words are under `role.`.
    pub const fn word(self) -> &'static str {
        match self {
            Role::Liaison => "liaison",
            Role::GridHead => "grid_head",
            Role::Clerk => "clerk",
            Role::Secretary => "secretary",
            Role::Administrator => "administrator",
            Role::Auditor => "auditor",
            Role::Department => "department",
        }
    }

    /// Whether it holds for a grid.
    pub const fn has_grid(self) -> bool {
        matches!(self, Role::Liaison | Role::GridHead)
    }

    /// Whether it works in the office or looks after the program, and so may be asked for a second
    /// step at the door.
    pub const fn is_office(self) -> bool {
        match self {
            Role::Clerk | Role::Secretary | Role::Administrator | Role::Auditor => true,
            Role::Liaison | Role::GridHead | Role::Department => false,
        }
    }

    /// The role kept as this word.
    pub fn of(word: &str) -> Option<Role> {
        Role::ALL.iter().copied().find(|role| role.word() == word)
    }
}

/// The role of whoever holds a query code. Never given to an account.
pub const PETITIONER: &str = "petitioner";

/// The role of whoever holds the one-time set-up link. Never given to an account.
pub const FOUNDER: &str = "founder";

/// Somebody who can sign in and act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// How colleagues and residents call them.
    pub name: String,
    /// For signing in with a password; reps with a card need none.
    pub sign_in_name: Option<String>,
    pub person: Option<PersonId>,
    pub created_at: Instant,
}

/// A role somebody has for a time; half-open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub id: Uuid,
    pub role: Role,
    /// The grid a grid head heads.
    pub grid: Option<GridId>,
    pub from: Instant,
    pub until: Option<Instant>,
}

impl Term {
    /// Whether it holds at this moment.
    pub fn holds(&self, at: Instant) -> bool {
        self.from <= at && self.lasts(at)
    }

    /// Whether it is not over at this moment.
    pub fn lasts(&self, at: Instant) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

/// Somebody who works or worked here, as those see them who look after the accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    pub account: AccountId,
    pub name: String,
    /// Empty where nobody said.
    pub phone: String,
    pub created_at: Instant,
    /// From when on the account is closed.
    pub closed_at: Option<Instant>,
    /// All there ever were, the oldest first.
    pub terms: Vec<Term>,
    pub has_card: bool,
    pub has_password: bool,
    /// Asked for a code from their phone after the password.
    pub has_second_factor: bool,
    /// Holds tokens of the command line and nothing else.
    pub is_program: bool,
}

impl Staff {
    /// Whether this is one of their roles at `at`.
    pub fn has(&self, role: Role, at: Instant) -> bool {
        self.terms.iter().any(|term| term.role == role && term.holds(at))
    }

    /// The grid they work in at `at`: the one they head, else the one they are rep in.
    pub fn grid(&self, at: Instant) -> Option<GridId> {
        let of = |role: Role| {
            let mine = |term: &&Term| term.role == role && term.holds(at);
            self.terms.iter().filter(mine).find_map(|term| term.grid)
        };
        of(Role::GridHead).or_else(|| of(Role::Liaison))
    }

    /// Whether they work here at `at`: the account is open and a role holds.
    pub fn works(&self, at: Instant) -> bool {
        self.closed_at.is_none_or(|closed_at| at < closed_at)
            && self.terms.iter().any(|term| term.holds(at))
    }
}

/// Somebody who works here, as lists and timelines name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    pub account: AccountId,
    pub name: String,
    /// Present roles with their grids, the most telling first.
    pub roles: Vec<(Role, Option<GridId>)>,
}

impl Colleague {
    /// Whether this is one of their present roles.
    pub fn has(&self, role: Role) -> bool {
        self.roles.iter().any(|(one, _)| *one == role)
    }

    /// Whether they head this grid now.
    pub fn heads(&self, grid: GridId) -> bool {
        self.roles.contains(&(Role::GridHead, Some(grid)))
    }
}

/// A name as a timeline shows it: 李建国（网格长）.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    pub name: String,
    /// The role's word, for `role.` in the catalogue; empty when all roles have ended.
    pub role: &'static str,
}

/// How a session was opened, and so how long it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// A rep's own phone, by the card's link.
    Card,
    /// A browser, by name and password.
    Password,
    /// A program, by a bearer token.
    Token,
    /// The first run, by the one-time link.
    SetUp,
    /// The password was proved and the second step is awaited: opens nothing but that step.
    Half,
    /// A one-time link, made at the machine itself, for whoever lost their phone.
    Lost,
}

impl SessionKind {
    /// Whether somebody sits before it who can prove who they are.
    pub const fn has_holder(self) -> bool {
        match self {
            SessionKind::Card | SessionKind::Password => true,
            SessionKind::Token | SessionKind::SetUp | SessionKind::Half | SessionKind::Lost => {
                false
            }
        }
    }

    /// As the database keeps it.
    pub const fn word(self) -> &'static str {
        match self {
            SessionKind::Card => "card",
            SessionKind::Password => "password",
            SessionKind::Token => "token",
            SessionKind::SetUp => "set_up",
            SessionKind::Half => "half",
            SessionKind::Lost => "lost",
        }
    }

    /// The kind kept as this word.
    pub fn of(word: &str) -> Option<SessionKind> {
        let all = [
            SessionKind::Card,
            SessionKind::Password,
            SessionKind::Token,
            SessionKind::SetUp,
            SessionKind::Half,
            SessionKind::Lost,
        ];
        all.into_iter().find(|kind| kind.word() == word)
    }
}

/// How long ago somebody was seen under a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Fresh,
    /// Long enough ago to be worth a write.
    Fading,
    /// Longer than the session may lie idle.
    Gone,
}

/// What opens a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    Card,
    Password,
}

impl CredentialKind {
    /// As the database keeps it.
    pub const fn word(self) -> &'static str {
        match self {
            CredentialKind::Card => "card",
            CredentialKind::Password => "password",
        }
    }
}

impl From<CredentialKind> for SessionKind {
    fn from(kind: CredentialKind) -> SessionKind {
        match kind {
            CredentialKind::Card => SessionKind::Card,
            CredentialKind::Password => SessionKind::Password,
        }
    }
}
