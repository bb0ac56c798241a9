//! The register (台账): places, households, people, grids and liaison reps of a community, each
//! entered once. Other capabilities read it inside their own transaction through the functions
//! here; people change and see it through [`MODULE`].

mod actions;
mod grids;
mod ground;
pub mod import;
mod model;
mod people;
mod rules;
mod stations;
mod store;
mod views;

use axum::http::StatusCode;
use web::{MenuItem, Module, Routes};

pub use actions::{HouseholdAdd, HouseholdAdded, PersonAdd, PersonAdded};
pub use model::*;
pub use rules::{check_phone, facts, reach};
pub use stations::{Station, StationId, Week};
pub use store::areas::{Trusted, entrust, held_by, let_go, within};
pub use store::dwelt::{Dwelt, dwelt};
pub use store::hand_overs::{
    Given, HandOver, Left, accept_hand_over, give_hand_over, hand_over, hand_over_note, hand_overs,
    left_behind, open_hand_over,
};
pub use store::liaisons::{
    Held, Substitution, UNHELD_MAX, Unheld, acting_liaison, add_substitution, end_substitution,
    held, liaison_history, loads, substitutions, unheld,
};
pub use store::people::{
    CalledSo, by_citizen_number, called, citizen_number, erase_person, household_of, person,
    person_brief, person_briefs, persons_of, set_citizen_number, set_person,
};
pub use store::people_edit::{Former, formers};
pub use store::sealed::{open_everybody, seal_what_is_clear};
pub use store::spots::{
    building_of, household, households_of, place, places, spot, spot_called, spot_in, spots,
};
pub use store::tenure::{grid, grid_called, grid_of, grids, liaison_of};

pub mod communities {
    //! The communities of this installation.
    pub use crate::store::communities::{by_id, by_short_key, create, first, short_key};
}

pub mod seed {
    //! Rows entered as they are, without policy or event: for the simulated community and for
    //! imports, which have their own.
    pub use crate::store::communities::create as community;
    pub use crate::store::grid_cards::{Card as GridCard, put_card as grid_card};
    pub use crate::store::grounds::{
        add_building as building, add_compound as compound, add_dwelling as dwelling,
        add_household as household, add_place as place, add_stairwell as stairwell,
    };
    pub use crate::store::people::{add_member as member, add_person as person};
    pub use crate::store::stations::put as station;
    pub use crate::store::tenure::{
        add_grid as grid, assign_grid as grid_membership, assign_liaison as liaison,
    };
}

/// The register as the platform sees it.
pub const MODULE: Module = Module {
    name: "registry",
    migrations: &[
        db::Migration {
            module: "registry",
            number: 1,
            name: "registry",
            sql: include_str!("../migrations/0001_registry.sql"),
        },
        db::Migration {
            module: "registry",
            number: 2,
            name: "spots_plain",
            sql: include_str!("../migrations/0002_spots_plain.sql"),
        },
        db::Migration {
            module: "registry",
            number: 3,
            name: "persons_sealed",
            sql: include_str!("../migrations/0003_persons_sealed.sql"),
        },
        db::Migration {
            module: "registry",
            number: 4,
            name: "imports",
            sql: include_str!("../migrations/0004_imports.sql"),
        },
        db::Migration {
            module: "registry",
            number: 10,
            name: "liaison_changes",
            sql: include_str!("../migrations/0010_liaison_changes.sql"),
        },
        db::Migration {
            module: "registry",
            number: 11,
            name: "ground_picture",
            sql: include_str!("../migrations/0011_ground_picture.sql"),
        },
        db::Migration {
            module: "registry",
            number: 12,
            name: "grid_cards",
            sql: include_str!("../migrations/0012_grid_cards.sql"),
        },
        db::Migration {
            module: "registry",
            number: 13,
            name: "stations",
            sql: include_str!("../migrations/0013_stations.sql"),
        },
        db::Migration {
            module: "registry",
            number: 20,
            name: "corrections",
            sql: include_str!("../migrations/0020_corrections.sql"),
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
    jobs: import::JOBS,
    menu: &[
        MenuItem {
            path: "/households",
            icon: "users",
            word: "menu.households",
            roles: &["liaison", "grid_head", "clerk", "secretary"],
            upkeep: false,
        },
        MenuItem {
            path: "/stations",
            icon: "building",
            word: "menu.stations",
            roles: &["anyone"],
            // Behind the door that most people come for: how their request stands.
            upkeep: true,
        },
        MenuItem {
            path: "/grid-cards",
            icon: "map-pin",
            word: "menu.grid_cards",
            roles: &["anyone"],
            upkeep: true,
        },
    ],
};

fn routes(routes: &mut Routes) {
    routes.page::<views::HouseholdList>("/households");
    routes.page_only::<views::HouseholdForm>("/households/new");
    routes.page::<views::HouseholdRead>("/households/{household}");
    routes.view::<views::SpotList>("/spots");
    ground::routes(routes);
    grids::routes(routes);
    import::routes(routes);
    people::routes(routes);
    stations::routes(routes);
    routes.act::<HouseholdAdd>("/households", StatusCode::CREATED);
    routes.form::<HouseholdAdd, views::HouseholdForm>("/households", |done| {
        format!("/households/{}", done.household)
    });
    routes.act::<PersonAdd>("/households/{household}/people", StatusCode::CREATED);
    routes.form::<PersonAdd, views::HouseholdRead>("/households/{household}/people", |done| {
        format!("/households/{}", done.household)
    });
}
