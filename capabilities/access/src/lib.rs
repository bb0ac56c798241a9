//! Who may act (权限): accounts and their roles, the cards and passwords that open a session,
//! the tokens of programs, and the query codes of residents, who need no account.

mod actions;
pub mod codes;
mod doors;
mod identify;
mod model;
mod rules;
pub mod seed;
mod store;
pub mod verifier;
mod views;

use web::Module;

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
    ],
    statements: store::STATEMENTS,
    states: &[],
    policy: include_str!("../policy.cedar"),
    words: web::words::Source {
        zh: include_str!("../words/zh.toml"),
        en: include_str!("../words/en.toml"),
    },
    routes: doors::routes,
    jobs: &[],
    menu: &[],
};
