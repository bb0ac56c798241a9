//! Where something is done for people, and when it is open: for everybody, also on paper; and the same
//! for the office to correct.

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use kernel::WorkingCalendar;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Page, Shell};

use super::actions::{STATION, WEEKDAYS};
use super::hours;
use super::{Station, StationId};
use crate::store::stations;

/// The stations there are.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct StationList {}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Stations {
    pub stations: Vec<StationShown>,
    /// Whether the reader may enter and correct them.
    pub may_enter: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct StationShown {
    pub station: StationId,
    pub name: String,
    pub address: String,
    pub phone: String,
    pub offers: String,
    pub duty: String,
    /// Weekdays with the same hours beside each other.
    pub hours: Vec<HoursShown>,
    pub holidays_off: bool,
    /// Whether it is open at all today, and now.
    pub opens_today: bool,
    pub is_open: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct HoursShown {
    /// `monday` … `sunday`.
    pub first: &'static str,
    pub last: &'static str,
    /// `8:30-12:00、14:30-17:30`; empty when closed.
    pub hours: String,
}

fn shown(station: Station, look: &Looking<'_, '_>, calendar: &WorkingCalendar) -> StationShown {
    let today = hours::on(&station.hours, station.holidays_off, look.now.day(), calendar);
    let (opens_today, is_open) = (!today.is_empty(), hours::is_open(today, look.now));
    let line = |(first, last, blocks): (usize, usize, &[hours::Block])| HoursShown {
        first: WEEKDAYS[first],
        last: WEEKDAYS[last],
        hours: hours::written(blocks),
    };
    let hours = hours::gathered(&station.hours).into_iter().map(line).collect();
    StationShown {
        station: station.id,
        hours,
        name: station.name,
        address: station.address,
        phone: station.phone,
        offers: station.offers,
        duty: station.duty,
        holidays_off: station.holidays_off,
        opens_today,
        is_open,
    }
}

impl View for StationList {
    const NAME: &'static str = "station.list";
    const RESOURCE: &'static str = STATION;
    type Body = Stations;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<Stations, Refusal> {
        let community = look.actor.community;
        let whole = Facts::of(community.uuid());
        look.permit(Self::NAME, &whole)?;
        let may_enter = look.allows("station.enter", &whole);
        let calendar = WorkingCalendar::built_in();
        let all = stations::all(look.tx, community)?;
        let stations = all.into_iter().map(|one| shown(one, look, &calendar)).collect();
        Ok(Stations { stations, may_enter })
    }
}

#[derive(Template)]
#[template(path = "stations.html")]
struct StationsPage<'a> {
    body: &'a Stations,
    shell: &'a Shell<'a>,
}

impl Page for StationList {
    fn render(body: &Stations, shell: &Shell<'_>) -> Result<String, askama::Error> {
        StationsPage { body, shell }.render()
    }
}

/// One station, for the office to correct.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct StationRead {
    pub station: StationId,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct StationEdited {
    pub station: StationId,
    pub name: String,
    pub address: String,
    pub phone: String,
    pub offers: String,
    pub duty: String,
    /// Monday first, as they are written.
    pub hours: [String; 7],
    pub holidays_off: bool,
}

impl View for StationRead {
    const NAME: &'static str = "station.read";
    const RESOURCE: &'static str = STATION;
    type Body = StationEdited;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<StationEdited, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(self.station.uuid()))?;
        let one = stations::find(look.tx, community, self.station)?.ok_or(Refusal::NotFound)?;
        Ok(StationEdited {
            station: one.id,
            hours: std::array::from_fn(|day| hours::written(&one.hours[day])),
            name: one.name,
            address: one.address,
            phone: one.phone,
            offers: one.offers,
            duty: one.duty,
            holidays_off: one.holidays_off,
        })
    }
}

#[derive(Template)]
#[template(path = "station.html")]
struct StationPage<'a> {
    body: &'a StationEdited,
    shell: &'a Shell<'a>,
}

impl Page for StationRead {
    fn render(body: &StationEdited, shell: &Shell<'_>) -> Result<String, askama::Error> {
        StationPage { body, shell }.render()
    }
}
