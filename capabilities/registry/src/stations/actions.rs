//! What is done to service stations: the office enters them, keeps them current, and closes them.

use db::Tx;
use gate::{Acting, Action, Actor, Facts, FieldFault, Refusal};
use kernel::{Line, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hours::{self, Week};
use super::{Station, StationId};
use crate::actions::{NAME_MAX, PHONE_MAX};
use crate::rules;
use crate::store::stations;

/// The kind of thing these are done to, as the policy names it.
pub const STATION: &str = "Station";

/// The longest address: 氮肥厂小区2栋1楼党群服务站.
const ADDRESS_MAX: usize = 100;

/// The longest list of what is offered, or of who is there: what fits on a notice.
const WORDS_MAX: usize = 300;

/// The longest line of hours: three blocks.
const HOURS_MAX: usize = 60;

/// Which station it was.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StationDone {
    pub station: StationId,
}

/// The weekdays, as fields are called.
pub const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// An act that says all there is to say of a station.
macro_rules! says_all {
    ($(#[$doc:meta])* $name:ident { $($(#[$more:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$more])* pub $field: $kind,)*
            pub name: Line<NAME_MAX>,
            pub address: Line<ADDRESS_MAX>,
            pub phone: Line<PHONE_MAX>,
            /// What is offered there.
            pub offers: Text<WORDS_MAX>,
            /// Whom one meets there, as it is to be posted.
            #[serde(default)]
            pub duty: Option<Text<WORDS_MAX>>,
            /// `8:30-12:00 14:30-17:30`; closed on that day without it.
            #[serde(default)]
            pub monday: Option<Line<HOURS_MAX>>,
            #[serde(default)]
            pub tuesday: Option<Line<HOURS_MAX>>,
            #[serde(default)]
            pub wednesday: Option<Line<HOURS_MAX>>,
            #[serde(default)]
            pub thursday: Option<Line<HOURS_MAX>>,
            #[serde(default)]
            pub friday: Option<Line<HOURS_MAX>>,
            #[serde(default)]
            pub saturday: Option<Line<HOURS_MAX>>,
            #[serde(default)]
            pub sunday: Option<Line<HOURS_MAX>>,
            /// Closed on public holidays.
            #[serde(default)]
            pub holidays_off: Option<bool>,
        }

        impl $name {
            fn said(&self, id: StationId, act: &Acting<'_, '_>) -> Result<Station, Refusal> {
                let week = [
                    &self.monday, &self.tuesday, &self.wednesday, &self.thursday, &self.friday,
                    &self.saturday, &self.sunday,
                ];
                rules::check_phone(self.phone.as_str())
                    .map_err(|fault| Refusal::field("phone", fault))?;
                Ok(Station {
                    id,
                    name: rules::written(self.name.as_str()),
                    address: self.address.as_str().to_owned(),
                    phone: self.phone.as_str().to_owned(),
                    offers: self.offers.as_str().to_owned(),
                    duty: self.duty.as_ref().map(|duty| duty.as_str().to_owned()).unwrap_or_default(),
                    hours: whole_week(week)?,
                    holidays_off: self.holidays_off.unwrap_or(false),
                    changed_at: act.now,
                })
            }
        }
    };
}

/// Reads the lines of a week, and names every one that is wrong.
fn whole_week(lines: [&Option<Line<HOURS_MAX>>; 7]) -> Result<Week, Refusal> {
    let mut wrong = Vec::new();
    let mut week = Week::default();
    for ((line, field), blocks) in lines.into_iter().zip(WEEKDAYS).zip(&mut week) {
        match hours::read(line.as_ref().map_or("", Line::as_str)) {
            Ok(read) => *blocks = read,
            Err(fault) => wrong.push(FieldFault { field: field.to_owned(), fault }),
        }
    }
    if wrong.is_empty() { Ok(week) } else { Err(Refusal::Invalid(wrong)) }
}

says_all! {
    /// Enters a station.
    StationEnter {}
}

impl Action for StationEnter {
    const NAME: &'static str = "station.enter";
    const RESOURCE: &'static str = STATION;
    type Done = StationDone;

    fn facts(&self, _: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        Ok(Facts::of(actor.community.uuid()))
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StationDone, Refusal> {
        let id = StationId::from_uuid(act.new_id());
        let station = self.said(id, act)?;
        stations::put(act.tx, act.actor.community, &station)?;
        Ok(StationDone { station: id })
    }

    fn made(done: &StationDone) -> Option<Uuid> {
        Some(done.station.uuid())
    }
}

says_all! {
    /// Says anew all there is to say of a station.
    StationAmend {
        station: StationId,
    }
}

fn about(tx: &mut Tx<'_>, actor: &Actor, id: StationId) -> Result<Facts, Refusal> {
    stations::find(tx, actor.community, id)?.ok_or(Refusal::NotFound)?;
    Ok(Facts::of(id.uuid()))
}

impl Action for StationAmend {
    const NAME: &'static str = "station.amend";
    const RESOURCE: &'static str = STATION;
    type Done = StationDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.station.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        about(tx, actor, self.station)
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StationDone, Refusal> {
        let station = self.said(self.station, act)?;
        stations::put(act.tx, act.actor.community, &station)?;
        Ok(StationDone { station: self.station })
    }
}

/// Closes a station for good: it is posted no longer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StationClose {
    pub station: StationId,
}

impl Action for StationClose {
    const NAME: &'static str = "station.close";
    const RESOURCE: &'static str = STATION;
    type Done = StationDone;

    fn addressed(&self) -> Option<Uuid> {
        Some(self.station.uuid())
    }

    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Facts, Refusal> {
        about(tx, actor, self.station)
    }

    fn apply(&self, act: &mut Acting<'_, '_>) -> Result<StationDone, Refusal> {
        let community = act.community();
        if !stations::close(act.tx, community, self.station, act.now)? {
            return Err(Refusal::NotFound);
        }
        Ok(StationDone { station: self.station })
    }
}
