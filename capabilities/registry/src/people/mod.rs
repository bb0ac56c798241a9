//! People by hand (居民): the page of one person, corrections that lose nothing, moving and dying, and
//! the citizen number where a duty needs it.

mod actions;
mod views;

use axum::http::StatusCode;
use gate::Action;
use web::Routes;

use actions::{NumberSet, PersonCorrect, PersonDone, PersonLeave, PersonMove};
use views::PersonRead;

pub use actions::NeededFor;

pub(crate) fn routes(routes: &mut Routes) {
    routes.page::<PersonRead>("/people/{person}");
    routes.declare(views::WHOLE, actions::RESOURCE);
    on_person::<PersonCorrect>(routes, "/people/{person}/correction");
    on_person::<PersonMove>(routes, "/people/{person}/move");
    on_person::<PersonLeave>(routes, "/people/{person}/leave");
    on_person::<NumberSet>(routes, "/people/{person}/citizen-number");
}

fn on_person<A: Action<Done = PersonDone>>(routes: &mut Routes, path: &'static str) {
    routes.act::<A>(path, StatusCode::OK);
    routes.form::<A, PersonRead>(path, |done| format!("/people/{}", done.person));
}
