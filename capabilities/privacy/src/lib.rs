//! Residents and their own data (个人信息): who looked at it, what they agreed to, a copy of
//! everything, and the end of it. Above the capabilities that keep the data.

mod actions;
mod model;
mod own;
mod purposes;
pub mod report;
mod rules;
mod store;
mod views;

use axum::http::StatusCode;
use gate::Action;
use web::{MenuItem, Module, Routes};

use actions::consents::{CodesEnd, ConsentGive, ConsentWithdraw};
use actions::copies::CopyGive;
use actions::erasures::{ErasureAsk, ErasureDecide};
use views::copy::CopyRead;
use views::erasures::ErasureList;
use views::person::PrivacyRead;
use views::purposes::PurposeList;

pub use model::{By, Channel, ConsentId, CopyId, ErasureId, Ground};
pub use store::consents::holds;

/// The rights of residents as the platform sees them.
pub const MODULE: Module = Module {
    name: "privacy",
    migrations: &[db::Migration {
        module: "privacy",
        number: 1,
        name: "privacy",
        sql: include_str!("../migrations/0001_privacy.sql"),
    }],
    statements: store::STATEMENTS,
    states: &[],
    policy: include_str!("../policy.cedar"),
    words: web::words::Source {
        zh: include_str!("../words/zh.toml"),
        en: include_str!("../words/en.toml"),
    },
    routes,
    jobs: &[],
    menu: &[MenuItem {
        path: "/privacy/erasures",
        icon: "shield",
        word: "menu.privacy",
        roles: &["clerk", "secretary", "auditor"],
        upkeep: true,
    }],
};

/// A resident's own page.
const PERSON: &str = "/people/{person}/privacy";

fn routes(routes: &mut Routes) {
    routes.page::<PurposeList>("/privacy/purposes");
    routes.page::<ErasureList>("/privacy/erasures");
    routes.page::<PrivacyRead>(PERSON);
    on_person::<ConsentGive>(routes, "/people/{person}/privacy/consents", StatusCode::CREATED, {
        |done| format!("/people/{}/privacy", done.person)
    });
    on_person::<ConsentWithdraw>(
        routes,
        "/people/{person}/privacy/consents/{consent}/withdrawal",
        StatusCode::OK,
        |done| format!("/people/{}/privacy", done.person),
    );
    on_person::<CodesEnd>(routes, "/people/{person}/privacy/codes/end", StatusCode::OK, |done| {
        format!("/people/{}/privacy", done.person)
    });
    on_person::<ErasureAsk>(
        routes,
        "/people/{person}/privacy/erasures",
        StatusCode::CREATED,
        |done| format!("/people/{}/privacy", done.person),
    );
    routes.page::<CopyRead>("/people/{person}/privacy/copies/{copy}");
    on_person::<CopyGive>(routes, "/people/{person}/privacy/copies", StatusCode::CREATED, |done| {
        format!("/people/{}/privacy/copies/{}", done.person, done.copy)
    });
    let path = "/privacy/erasures/{erasure}/decision";
    routes.act::<ErasureDecide>(path, StatusCode::OK);
    routes.form::<ErasureDecide, ErasureList>(path, |_| "/privacy/erasures".to_owned());
    own::routes(routes);
}

/// An act for one resident, from their page and from the API.
fn on_person<A: Action>(
    routes: &mut Routes,
    path: &'static str,
    made: StatusCode,
    next: fn(&A::Done) -> String,
) {
    routes.act::<A>(path, made);
    routes.form::<A, PrivacyRead>(path, next);
}
