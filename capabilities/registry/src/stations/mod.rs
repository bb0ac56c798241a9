//! Service stations (党群服务站): where and when something is done for people, for everybody to read.
//! `hours.rs` is their rules, pure.

mod actions;
mod hours;
mod views;

use axum::http::StatusCode;
use kernel::Instant;
use web::Routes;

use actions::{StationAmend, StationClose, StationEnter};
use views::{StationList, StationRead};

pub use hours::Week;

kernel::id! {
    /// A service station.
    pub StationId
}

/// A service station, as everybody may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Station {
    pub id: StationId,
    pub name: String,
    pub address: String,
    pub phone: String,
    /// What is offered there.
    pub offers: String,
    /// Whom one meets there, in the words of the office; may be empty.
    pub duty: String,
    pub hours: Week,
    /// Whether it is closed on public holidays.
    pub holidays_off: bool,
    pub changed_at: Instant,
}

pub(crate) fn routes(routes: &mut Routes) {
    routes.page::<StationList>("/stations");
    routes.page::<StationRead>("/stations/{station}");
    routes.act::<StationEnter>("/stations", StatusCode::CREATED);
    routes.form::<StationEnter, StationList>("/stations", |_| "/stations".to_owned());
    let path = "/stations/{station}/change";
    routes.act::<StationAmend>(path, StatusCode::OK);
    routes.form::<StationAmend, StationRead>(path, |_| "/stations".to_owned());
    let path = "/stations/{station}/closing";
    routes.act::<StationClose>(path, StatusCode::OK);
    routes.form::<StationClose, StationRead>(path, |_| "/stations".to_owned());
}
