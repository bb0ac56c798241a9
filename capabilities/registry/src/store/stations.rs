//! Service stations as they are kept.

use db::{Row, Tx};
use gate::Refusal;
use kernel::{CommunityId, Instant};

use super::strange;
use crate::stations::{Station, StationId};

db::sql! { module "registry.stations";
    PUT = "insert into stations (community_id, id, name, address, phone, offers, duty, hours, \
           holidays_off, changed_at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) \
           on conflict (community_id, id) do update set name = excluded.name, \
           address = excluded.address, phone = excluded.phone, offers = excluded.offers, \
           duty = excluded.duty, hours = excluded.hours, holidays_off = excluded.holidays_off, \
           changed_at = excluded.changed_at";
    CLOSE = "update stations set closed_at = $3 \
             where community_id = $1 and id = $2 and closed_at is null";
    OPEN = "select id, name, address, phone, offers, duty, hours, holidays_off, changed_at \
            from stations where community_id = $1 and closed_at is null order by name, id limit 200";
    FIND = "select id, name, address, phone, offers, duty, hours, holidays_off, changed_at \
            from stations where community_id = $1 and id = $2 and closed_at is null";
}

/// Enters a station, or keeps it as it is now.
///
/// # Errors
/// Those of the database.
pub fn put(tx: &mut Tx<'_>, community: CommunityId, one: &Station) -> Result<(), Refusal> {
    let hours = serde_json::to_string(&one.hours).map_err(|_| strange("week"))?;
    Ok(tx.exec_one(
        &PUT,
        &db::params![
            community.uuid(),
            one.id.uuid(),
            one.name.as_str(),
            one.address.as_str(),
            one.phone.as_str(),
            one.offers.as_str(),
            one.duty.as_str(),
            db::Value::Json(hours),
            one.holidays_off,
            one.changed_at.micros()
        ],
    )?)
}

/// Closes a station for good; false when it was.
///
/// # Errors
/// Those of the database.
pub fn close(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: StationId,
    at: Instant,
) -> Result<bool, Refusal> {
    Ok(tx.exec(&CLOSE, &db::params![community.uuid(), id.uuid(), at.micros()])? == 1)
}

/// The stations there are, by name.
///
/// # Errors
/// Those of the database.
pub fn all(tx: &mut Tx<'_>, community: CommunityId) -> Result<Vec<Station>, Refusal> {
    tx.rows(&OPEN, &db::params![community.uuid()])?.iter().map(read).collect()
}

/// One station, unless it was closed.
///
/// # Errors
/// Those of the database.
pub fn find(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: StationId,
) -> Result<Option<Station>, Refusal> {
    tx.row(&FIND, &db::params![community.uuid(), id.uuid()])?.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Station, Refusal> {
    Ok(Station {
        id: StationId::from_uuid(row.id(0)?),
        name: row.text(1)?.to_owned(),
        address: row.text(2)?.to_owned(),
        phone: row.text(3)?.to_owned(),
        offers: row.text(4)?.to_owned(),
        duty: row.text(5)?.to_owned(),
        hours: serde_json::from_str(row.text(6)?).map_err(|_| strange("week"))?,
        holidays_off: row.int(7)? == 1,
        changed_at: Instant::from_micros(row.int(8)?),
    })
}
