//! Liaison reps (联户代表): who holds which households, who stands in for whom, and what a rep who
//! leaves hands over. The rows are the register's; people change and see them through [`MODULE`].

mod actions;
mod model;
mod rules;
mod store;
mod views;

use axum::http::StatusCode;
use web::{MenuItem, Module, Routes};

use actions::{
    HandOverAccept, HandOverDone, HandOverGive, LiaisonAssign, LiaisonDone, LiaisonSubstitute,
    LimitSet, SubstitutionEnd,
};
use views::hand_over::HandOverRead;
use views::history::LiaisonHistory;
use views::list::LiaisonList;
use views::one::LiaisonRead;

/// Reps as the platform sees them.
pub const MODULE: Module = Module {
    name: "liaisons",
    migrations: &[db::Migration {
        module: "liaisons",
        number: 1,
        name: "liaisons",
        sql: include_str!("../migrations/0001_liaisons.sql"),
    }],
    statements: &[store::STATEMENTS],
    states: &[],
    policy: include_str!("../policy.cedar"),
    words: web::words::Source {
        zh: include_str!("../words/zh.toml"),
        en: include_str!("../words/en.toml"),
    },
    routes,
    jobs: &[],
    menu: &[MenuItem {
        path: "/liaisons",
        icon: "users",
        word: "menu.liaisons",
        roles: &["liaison", "grid_head", "clerk", "secretary"],
        upkeep: false,
    }],
};

fn routes(routes: &mut Routes) {
    routes.page::<LiaisonList>("/liaisons");
    routes.act::<LimitSet>("/liaisons/limit", StatusCode::OK);
    routes.form::<LimitSet, LiaisonList>("/liaisons/limit", |_| "/liaisons".to_owned());
    routes.page::<LiaisonRead>("/liaisons/{account}");
    routes.page::<LiaisonHistory>("/households/{household}/liaisons");
    let path = "/liaisons/{account}/households";
    routes.act::<LiaisonAssign>(path, StatusCode::OK);
    routes.form_told::<LiaisonAssign, LiaisonRead>(
        path,
        |done| format!("/liaisons/{}", done.account),
        |done| format!("liaison.assign:{}", done.households),
    );
    let path = "/liaisons/{account}/substitutions";
    routes.act::<LiaisonSubstitute>(path, StatusCode::CREATED);
    routes.form::<LiaisonSubstitute, LiaisonRead>(path, address);
    let path = "/liaisons/{account}/substitutions/{substitution}/end";
    routes.act::<SubstitutionEnd>(path, StatusCode::OK);
    routes.form::<SubstitutionEnd, LiaisonRead>(path, address);
    routes.page::<HandOverRead>("/liaisons/hand-overs/{hand_over}");
    let path = "/liaisons/hand-overs/{hand_over}/successor";
    routes.act::<HandOverGive>(path, StatusCode::OK);
    routes.form::<HandOverGive, HandOverRead>(path, list_address);
    let path = "/liaisons/hand-overs/{hand_over}/acceptance";
    routes.act::<HandOverAccept>(path, StatusCode::OK);
    routes.form::<HandOverAccept, HandOverRead>(path, list_address);
}

/// Where a rep is shown.
fn address(done: &LiaisonDone) -> String {
    format!("/liaisons/{}", done.account)
}

/// Where a hand-over list is shown.
fn list_address(done: &HandOverDone) -> String {
    format!("/liaisons/hand-overs/{}", done.hand_over)
}
