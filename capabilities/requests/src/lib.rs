//! Requests (诉求): what one resident says at the door is heard, handled, answered, checked with
//! that resident. The heart of the program.

pub mod actions;
mod away;
mod by_code;
mod clock_form;
mod forms;
mod intake;
mod jobs;
pub mod model;
mod pages;
pub mod personal;
pub mod photos;
pub mod rules;
pub mod store;
pub mod topics;
pub mod views;

use axum::http::StatusCode;
use gate::Action;
use web::{Job, MenuItem, Module, Routes};

use actions::answer::Answer;
use actions::children::{Split, SplitDone};
use actions::clocks::SetClocks;
use actions::escalation::Escalate;
use actions::filing::{File, FileMany};
use actions::handover::{Accept, Assign, Return};
use actions::merge::{Merge, Unmerge};
use actions::reopening::{AskReopening, DecideReopening};
use actions::saved::{DeleteView, SaveView, ViewDeleted, ViewSaved};
use actions::triage::Triage;
use actions::verification::{Close, Verify};
use actions::waiting::{AskExtension, Contact, DecideExtension, Pause, Resume};
use actions::words::{Correct, KeepConfidential, Note, Withdraw};
use actions::{Done, RESOURCE};
use views::clocks::ShowClocks;
use views::inbox::{ShowHome, ShowInbox};
use views::list::ListRequests;
use views::new::{ShowNew, ShowPaste};
use views::read::{CONTACT_DETAILS, ListPhotos, ReadRequest};
use views::sight::DOOR;
use views::slip::PrintSlip;

/// Those who handle requests.
const HANDLERS: &[&str] = &["liaison", "grid_head", "clerk", "secretary", "department"];

/// Those who begin on the home page.
const EVERYBODY: &[&str] =
    &["liaison", "grid_head", "clerk", "secretary", "department", "administrator", "auditor"];

/// Requests as the platform sees them.
pub const MODULE: Module = Module {
    name: "requests",
    migrations: &[
        db::Migration {
            module: "requests",
            number: 1,
            name: "requests",
            sql: include_str!("../migrations/0001_requests.sql"),
        },
        db::Migration {
            module: "requests",
            number: 2,
            name: "called",
            sql: include_str!("../migrations/0002_called.sql"),
        },
        db::Migration {
            module: "requests",
            number: 3,
            name: "open",
            sql: include_str!("../migrations/0003_open.sql"),
        },
        db::Migration {
            module: "requests",
            number: 4,
            name: "search_waiting",
            sql: include_str!("../migrations/0004_search_waiting.sql"),
        },
        db::Migration {
            module: "requests",
            number: 5,
            name: "steps",
            sql: include_str!("../migrations/0005_steps.sql"),
        },
        db::Migration {
            module: "requests",
            number: 6,
            name: "editions",
            sql: include_str!("../migrations/0006_editions.sql"),
        },
        db::Migration {
            module: "requests",
            number: 7,
            name: "petitioners",
            sql: include_str!("../migrations/0007_petitioners.sql"),
        },
    ],
    statements: store::STATEMENTS,
    states: &[store::state::states],
    policy: include_str!("../policy.cedar"),
    words: web::words::Source {
        zh: include_str!("../words/zh.toml"),
        en: include_str!("../words/en.toml"),
    },
    routes,
    jobs: &[Job { name: Escalate::NAME, every_seconds: 60, run: jobs::escalate }],
    menu: &[
        MenuItem { path: "/", icon: "home", word: "menu.home", roles: EVERYBODY, upkeep: false },
        MenuItem {
            path: "/inbox",
            icon: "inbox",
            word: "menu.inbox",
            // The administrator's rare complaint (R21) waits on the home page, with the way to its tray.
            roles: HANDLERS,
            upkeep: false,
        },
        MenuItem {
            path: "/requests",
            icon: "list",
            word: "menu.requests",
            roles: HANDLERS,
            upkeep: false,
        },
        MenuItem {
            path: "/requests/new",
            icon: "plus",
            word: "menu.new_request",
            roles: &["liaison", "grid_head", "clerk", "secretary"],
            upkeep: false,
        },
        // Those who have no account come by the code on their slip.
        MenuItem {
            path: "/q",
            icon: "search",
            word: "menu.progress",
            roles: &["anyone"],
            upkeep: false,
        },
        MenuItem {
            path: "/clocks",
            icon: "alarm-clock",
            word: "menu.clocks",
            roles: &["administrator", "auditor"],
            upkeep: true,
        },
    ],
};

fn routes(routes: &mut Routes) {
    routes.declare(Escalate::NAME, Escalate::RESOURCE);
    routes.declare(CONTACT_DETAILS, RESOURCE);
    routes.declare(DOOR, RESOURCE);

    routes.page_only::<ShowHome>("/");
    routes.view::<ShowHome>("/home");
    routes.page::<ShowInbox>("/inbox");
    routes.page::<ListRequests>("/requests");
    routes.page::<ShowNew>("/requests/new");
    routes.page_only::<ShowPaste>("/requests/paste");
    routes.page::<ReadRequest>("/requests/{request}");
    routes.page::<PrintSlip>("/requests/{request}/slip");
    routes.view::<ListPhotos>("/requests/{request}/photos");

    routes.act::<File>("/requests", StatusCode::CREATED);
    routes.act::<FileMany>("/requests/paste", StatusCode::CREATED);
    intake::routes(routes);

    act::<Triage>(routes, "/requests/{request}/triage");
    act::<Assign>(routes, "/requests/{request}/assignment");
    act::<Accept>(routes, "/requests/{request}/acceptance");
    // Whoever gave it back may not see it any more: back to what else they were asked to take.
    let path = "/requests/{request}/return";
    routes.act::<Return>(path, StatusCode::OK);
    routes.form_told::<Return, ReadRequest>(
        path,
        |_| "/inbox?tray=to_accept".to_owned(),
        |done| format!("{}:{}", Return::NAME, done.number),
    );
    act::<Contact>(routes, "/requests/{request}/contact");
    act::<AskExtension>(routes, "/requests/{request}/extension");
    act::<DecideExtension>(routes, "/requests/{request}/extension/decision");
    act::<Pause>(routes, "/requests/{request}/pause");
    act::<Resume>(routes, "/requests/{request}/resumption");
    act::<Answer>(routes, "/requests/{request}/answer");
    act::<Verify>(routes, "/requests/{request}/verification");
    act::<Close>(routes, "/requests/{request}/closure");
    act::<AskReopening>(routes, "/requests/{request}/reopening");
    act::<DecideReopening>(routes, "/requests/{request}/reopening/decision");
    act::<Merge>(routes, "/requests/{request}/merge");
    act::<Unmerge>(routes, "/requests/{request}/unmerging");
    act::<Withdraw>(routes, "/requests/{request}/withdrawal");
    act::<Note>(routes, "/requests/{request}/notes");
    act::<Correct>(routes, "/requests/{request}/correction");
    act::<KeepConfidential>(routes, "/requests/{request}/confidentiality");
    routes.act::<Split>("/requests/{request}/children", StatusCode::CREATED);
    routes.form::<Split, ReadRequest>("/requests/{request}/children", |done: &SplitDone| {
        address(&done.parent)
    });

    routes.act::<SaveView>("/saved-views", StatusCode::CREATED);
    routes.form::<SaveView, ListRequests>("/saved-views", |done: &ViewSaved| {
        format!("/requests?{}", done.query)
    });
    routes.act::<DeleteView>("/saved-views/{view}/deletion", StatusCode::OK);
    routes.form::<DeleteView, ListRequests>("/saved-views/{view}/deletion", |_: &ViewDeleted| {
        "/requests".to_owned()
    });

    routes.page::<ShowClocks>("/clocks");
    routes.act::<SetClocks>("/clocks", StatusCode::CREATED);
    clock_form::routes(routes);

    photos::routes(routes);
    by_code::routes(routes);
    away::routes(routes);
}

/// An act upon one request, from its page and from the API.
fn act<A: Action<Done = Done>>(routes: &mut Routes, path: &'static str) {
    routes.act::<A>(path, StatusCode::OK);
    routes.form::<A, ReadRequest>(path, address);
}

/// Where a request is shown.
fn address(done: &Done) -> String {
    format!("/requests/{}", done.id)
}
