//! Who may act (权限): accounts and their roles, the cards and passwords that open a session,
//! the tokens of programs, and the query codes of residents, who need no account.

mod actions;
mod card_door;
mod cards;
pub mod codes;
mod device;
mod doors;
mod identify;
mod model;
mod own;
mod proof;
mod rules;
mod second;
pub mod seed;
mod several;
mod store;
pub mod totp;
pub mod verifier;
mod views;

use axum::http::StatusCode;
use gate::Action;
use web::{MenuItem, Module, Routes};

use actions::second_factor::{SecondFactorEnd, SecondFactorRequire};
use actions::secrets::{PinRequire, SessionConfirm};
use actions::sessions::{AccountSignOut, SessionEnd, SessionEndOthers};
use actions::staff::{AccountAdd, AccountEnd, AreaAssign, RoleAdd, RoleEnd, StaffDone};
use views::me::MeRead;
use views::staff::{AccountForm, AccountList, AccountRead};

pub use identify::Access;
pub use model::*;
pub use rules::check_password;
pub use store::accounts::{account, colleagues, grids_of, names};

/// Access as the platform sees it.
pub const MODULE: Module = Module {
    name: "access",
    migrations: &[
        db::Migration {
            module: "access",
            number: 1,
            name: "access",
            sql: include_str!("../migrations/0001_access.sql"),
        },
        db::Migration {
            module: "access",
            number: 2,
            name: "codes_of_recent",
            sql: include_str!("../migrations/0002_codes_of_recent.sql"),
        },
        db::Migration {
            module: "access",
            number: 3,
            name: "staff",
            sql: include_str!("../migrations/0003_staff.sql"),
        },
        db::Migration {
            module: "access",
            number: 4,
            name: "second_factors",
            sql: include_str!("../migrations/0004_second_factors.sql"),
        },
        db::Migration {
            module: "access",
            number: 5,
            name: "proofs",
            sql: include_str!("../migrations/0005_proofs.sql"),
        },
        db::Migration {
            module: "access",
            number: 6,
            name: "pins",
            sql: include_str!("../migrations/0006_pins.sql"),
        },
    ],
    statements: store::STATEMENTS,
    states: &[],
    policy: include_str!("../policy.cedar"),
    words: web::words::Source {
        zh: include_str!("../words/zh.toml"),
        en: include_str!("../words/en.toml"),
    },
    routes,
    jobs: &[],
    menu: &[
        MenuItem {
            path: "/accounts",
            icon: "user",
            word: "menu.accounts",
            roles: &["administrator", "auditor"],
            upkeep: true,
        },
        MenuItem {
            path: "/me",
            icon: "lock",
            word: "menu.me",
            roles: &[
                "liaison",
                "grid_head",
                "clerk",
                "secretary",
                "administrator",
                "auditor",
                "department",
            ],
            upkeep: true,
        },
    ],
};

fn routes(routes: &mut Routes) {
    doors::routes(routes);
    card_door::routes(routes);
    routes.page::<AccountList>("/accounts");
    routes.page_only::<AccountForm>("/accounts/new");
    several::routes(routes);
    routes.page::<AccountRead>("/accounts/{account}");
    routes.act::<AccountAdd>("/accounts", StatusCode::CREATED);
    routes.form::<AccountAdd, AccountForm>("/accounts", address);
    on_account::<RoleAdd>(routes, "/accounts/{account}/roles", address);
    on_account::<RoleEnd>(routes, "/accounts/{account}/roles/{term}/end", address);
    on_account::<AccountEnd>(routes, "/accounts/{account}/end", address);
    on_account::<AreaAssign>(routes, "/accounts/{account}/area", |done| {
        format!("/accounts/{}", done.account)
    });
    on_accounts::<SecondFactorRequire>(routes, "/accounts/second-step");
    on_accounts::<PinRequire>(routes, "/accounts/pins");
    on_account::<SecondFactorEnd>(routes, "/accounts/{account}/second-step/end", address);
    on_account::<AccountSignOut>(routes, "/accounts/{account}/sign-out", address);
    routes.page::<MeRead>("/me");
    on_oneself::<SessionEnd>(routes, "/me/sessions/{session}/end");
    on_oneself::<SessionEndOthers>(routes, "/me/sessions/end");
    on_oneself::<SessionConfirm>(routes, "/me/proof");
    own::routes(routes);
    cards::routes(routes);
    proof::routes(routes);
    second::routes(routes);
}

/// An act upon one account, from its page and from the API.
fn on_account<A: Action>(routes: &mut Routes, path: &'static str, next: fn(&A::Done) -> String) {
    routes.act::<A>(path, StatusCode::OK);
    routes.form::<A, AccountRead>(path, next);
}

/// A setting of all accounts.
fn on_accounts<A: Action>(routes: &mut Routes, path: &'static str) {
    routes.act::<A>(path, StatusCode::OK);
    routes.form::<A, AccountList>(path, |_| "/accounts".to_owned());
}

/// An act upon one's own way in.
fn on_oneself<A: Action>(routes: &mut Routes, path: &'static str) {
    routes.act::<A>(path, StatusCode::OK);
    routes.form::<A, MeRead>(path, |_| "/me".to_owned());
}

/// Where an account is shown.
fn address(done: &StaffDone) -> String {
    format!("/accounts/{}", done.account)
}
