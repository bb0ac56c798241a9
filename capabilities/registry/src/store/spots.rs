//! Spots: everywhere a request can be about, with the label people say, found by its characters
//! or initials.

use std::collections::BTreeMap;

use db::{Row, Tx};
use gate::Refusal;
use kernel::{AccountId, CommunityId, Instant};
use uuid::Uuid;

use super::{AT_ONCE, strange};
use crate::ground;
use crate::model::{
    BuildingId, Cursor, GridId, HouseholdBrief, HouseholdId, PlaceBrief, Reach, Spot, SpotId,
    SpotKind,
};
use crate::rules;

/// A spot with its grid, its liaison rep and who stands in for that rep, as they stood at `$2`; the
/// community is `$1`.
macro_rules! standing {
    ($($more:literal)*) => {
        concat!(
            "select s.id, s.kind, s.label, s.label_py, s.sort, g.grid_id, l.account_id, \
               (select u.substitute_id from liaison_substitutions u \
                where u.community_id = l.community_id and u.account_id = l.account_id \
                  and u.from_at <= $2 and u.until_at > $2 order by u.id limit 1) \
             from spots s \
             left join grid_memberships g on g.community_id = s.community_id \
               and g.spot_id = s.id and g.tier = 'grid' \
               and g.from_at <= $2 and (g.until_at is null or g.until_at > $2) \
             left join liaison_assignments l on l.community_id = s.community_id \
               and l.household_id = s.id \
               and l.from_at <= $2 and (l.until_at is null or l.until_at > $2) ",
            $($more),*
        )
    };
}

db::sql! { module "registry.spots";
    ADD = "insert into spots (community_id, id, kind, label, label_plain, label_py, sort) \
           values ($1,$2,$3,$4,$5,$6,$7)";
    LABEL = "select label from spots where community_id = $1 and id = $2";
    BUILDING_OF = "select s.label from households h \
                   join dwellings d on d.community_id = h.community_id and d.id = h.dwelling_id \
                   join spots s on s.community_id = h.community_id and s.id = d.building_id \
                   where h.community_id = $1 and h.id = $2";
    FIND = standing!("where s.community_id = $1 and s.id = $3");
    HOUSEHOLDS = standing!(
        "where s.community_id = $1 and s.kind = 'household' and (s.sort, s.id) > ($3, $4) \
           and (s.label_plain like $5 escape '!' or s.label_py like $5 escape '!') \
           and ($6 = 1 or l.account_id = $7 \
             or l.account_id in (select u.account_id from liaison_substitutions u \
               where u.community_id = $1 and u.substitute_id = $7 \
                 and u.from_at <= $2 and u.until_at > $2) \
             or g.grid_id in ($8,$9,$10,$11,$12,$13,$14,$15)) \
         order by s.sort, s.id limit $16"
    );
    PLACES = standing!(
        "where s.community_id = $1 and s.kind <> 'household' \
           and (s.label_plain like $3 escape '!' or s.label_py like $3 escape '!') \
         order by s.sort, s.id limit $4"
    );
    CALLED = standing!("where s.community_id = $1 and s.label_plain = $3 limit 2");
    NAMED_IN = standing!(
        "where s.community_id = $1 and s.kind <> 'household' \
           and $3 like '%' || s.label_plain || '%' limit 20"
    );
    RELABEL = "update spots set label = $3, label_plain = $4, label_py = $5, sort = $6 \
               where community_id = $1 and id = $2";
    WITHIN = standing!(
        "where s.community_id = $1 and s.kind = 'household' and s.id in ( \
           select h.id from households h \
           join dwellings d on d.community_id = h.community_id and d.id = h.dwelling_id \
           join buildings b on b.community_id = d.community_id and b.id = d.building_id \
           where h.community_id = $1 and h.until_at is null \
             and (b.id = $3 or b.compound_id = $3)) \
         order by s.sort, s.id limit 3000"
    );
    BUILDINGS_WITHIN = "select h.id, d.building_id from households h \
        join dwellings d on d.community_id = h.community_id and d.id = h.dwelling_id \
        join buildings b on b.community_id = d.community_id and b.id = d.building_id \
        where h.community_id = $1 and h.until_at is null and (b.id = $2 or b.compound_id = $2) \
        order by h.id limit 3000";
    OF_ACCOUNT = standing!(
        "where s.community_id = $1 and s.id in ( \
           select a.household_id from liaison_assignments a \
           where a.community_id = $1 and a.account_id = $3 \
             and a.from_at <= $2 and (a.until_at is null or a.until_at > $2) \
           union all \
           select a.household_id from liaison_substitutions u \
           join liaison_assignments a on a.community_id = u.community_id \
             and a.account_id = u.account_id \
           where u.community_id = $1 and u.substitute_id = $3 \
             and u.from_at <= $2 and u.until_at > $2 \
             and a.from_at <= $2 and (a.until_at is null or a.until_at > $2)) \
         order by s.sort, s.id limit 500"
    );
}

/// Finds anything a request can be about, as it stood at `at`.
///
/// # Errors
/// Those of the database.
pub fn spot(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: SpotId,
    at: Instant,
) -> Result<Option<Spot>, Refusal> {
    let row = tx.row(&FIND, &db::params![community.uuid(), at.micros(), id.uuid()])?;
    row.as_ref().map(read).transpose()
}

/// Finds a household, as it stood at `at`.
///
/// # Errors
/// Those of the database.
pub fn household(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: HouseholdId,
    at: Instant,
) -> Result<Option<HouseholdBrief>, Refusal> {
    Ok(spot(tx, community, id.into(), at)?.and_then(household_brief))
}

/// Finds a public place, as it stood at `at`; a household is not one.
///
/// # Errors
/// Those of the database.
pub fn place(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: SpotId,
    at: Instant,
) -> Result<Option<PlaceBrief>, Refusal> {
    let spot = spot(tx, community, id, at)?.filter(|spot| spot.kind != SpotKind::Household);
    Ok(spot.map(|Spot { id, kind, label, grid, .. }| PlaceBrief { id, kind, label, grid }))
}

/// The building a household lives in, as people call it: for those who are not to know the door.
///
/// # Errors
/// Those of the database.
pub fn building_of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: HouseholdId,
) -> Result<Option<String>, Refusal> {
    let row = tx.row(&BUILDING_OF, &db::params![community.uuid(), id.uuid()])?;
    Ok(row.map(|row| row.text(0).map(str::to_owned)).transpose()?)
}

/// The households a liaison rep holds at `at`, and those of reps they stand in for, in the order of
/// their doors; at most 500.
///
/// # Errors
/// Those of the database.
pub fn households_of(
    tx: &mut Tx<'_>,
    community: CommunityId,
    account: AccountId,
    at: Instant,
) -> Result<Vec<HouseholdBrief>, Refusal> {
    let given = db::params![community.uuid(), at.micros(), account.uuid()];
    let rows = tx.rows(&OF_ACCOUNT, &given)?;
    let spots = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(spots.into_iter().filter_map(household_brief).collect())
}

/// What a list of households is asked for.
pub struct Wanted<'a> {
    pub reach: &'a Reach,
    /// Characters or initials anywhere in the label; empty for all.
    pub text: &'a str,
    pub after: Option<&'a Cursor>,
    pub limit: usize,
}

/// Households within somebody's reach, in the order of their doors, each with its place in that
/// order.
///
/// # Errors
/// Those of the database.
pub fn households(
    tx: &mut Tx<'_>,
    community: CommunityId,
    at: Instant,
    wanted: &Wanted<'_>,
) -> Result<Vec<(Spot, Cursor)>, Refusal> {
    let (everyone, account, grids) = match wanted.reach {
        Reach::Everyone => (true, Uuid::nil(), &[][..]),
        Reach::Known { account, grids } => (false, account.uuid(), grids.as_slice()),
    };
    if grids.len() > AT_ONCE {
        return Err(Refusal::Defect("nobody heads so many grids".to_owned()));
    }
    let (sort, id) = wanted.after.map_or(("", Uuid::nil()), |cursor| (&*cursor.sort, cursor.id));
    let limit = i64::try_from(wanted.limit).unwrap_or(i64::MAX);
    let ask = |tx: &mut Tx<'_>, plain: &str| {
        let mut given = db::params![
            community.uuid(),
            at.micros(),
            sort,
            id,
            rules::anywhere(plain),
            everyone,
            account
        ]
        .to_vec();
        let grids = grids.iter().copied().chain(std::iter::repeat(Uuid::nil()));
        given.extend(grids.take(AT_ONCE).map(db::Value::from));
        given.push(limit.into());
        Ok(tx.rows(&HOUSEHOLDS, &given)?)
    };
    let rows = or_officially(tx, community, wanted.text, ask)?;
    rows.iter().map(|row| Ok((read(row)?, cursor(row)?))).collect()
}

/// Public places by characters or initials of their label, all for an empty text.
///
/// # Errors
/// Those of the database.
pub fn places(
    tx: &mut Tx<'_>,
    community: CommunityId,
    at: Instant,
    text: &str,
    limit: usize,
) -> Result<Vec<Spot>, Refusal> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let ask = |tx: &mut Tx<'_>, plain: &str| {
        let given = db::params![community.uuid(), at.micros(), rules::anywhere(plain), limit];
        Ok(tx.rows(&PLACES, &given)?)
    };
    or_officially(tx, community, text, ask)?.iter().map(read).collect()
}

/// Everything a request can be about within somebody's reach: all public places, then the
/// households; for choosing one by characters or initials of its label.
///
/// # Errors
/// Those of the database.
pub fn spots(
    tx: &mut Tx<'_>,
    community: CommunityId,
    at: Instant,
    (reach, text): (&Reach, &str),
    limit: usize,
) -> Result<Vec<Spot>, Refusal> {
    let mut spots = places(tx, community, at, text, limit)?;
    let wanted = Wanted { reach, text, after: None, limit: limit - spots.len() };
    let households = households(tx, community, at, &wanted)?;
    spots.extend(households.into_iter().map(|(household, _)| household));
    Ok(spots)
}

/// The one spot that is called exactly so; none when two are.
///
/// # Errors
/// Those of the database.
pub fn spot_called(
    tx: &mut Tx<'_>,
    community: CommunityId,
    text: &str,
    at: Instant,
) -> Result<Option<Spot>, Refusal> {
    let ask = |tx: &mut Tx<'_>, plain: &str| {
        Ok(tx.rows(&CALLED, &db::params![community.uuid(), at.micros(), plain])?)
    };
    let rows = or_officially(tx, community, text, ask)?;
    match rows.as_slice() {
        [one] => read(one).map(Some),
        _ => Ok(None),
    }
}

/// The one public place that a text names, the most particular where one is part of another;
/// none when it names two. Looks at every public place of the community: for proposals, not for
/// the way of every request.
///
/// # Errors
/// Those of the database.
pub fn spot_in(
    tx: &mut Tx<'_>,
    community: CommunityId,
    text: &str,
    at: Instant,
) -> Result<Option<Spot>, Refusal> {
    let text = rules::plain(text);
    let rows = tx.rows(&NAMED_IN, &db::params![community.uuid(), at.micros(), text.as_str()])?;
    let named = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(rules::most_particular(named, &text))
}

/// Asks for a text as it was typed; where nothing is called so, with the official names of the
/// compound and building in place of other ones that people use.
fn or_officially(
    tx: &mut Tx<'_>,
    community: CommunityId,
    text: &str,
    mut ask: impl FnMut(&mut Tx<'_>, &str) -> Result<Vec<Row>, Refusal>,
) -> Result<Vec<Row>, Refusal> {
    let rows = ask(tx, &rules::plain(text))?;
    if !rows.is_empty() || text.is_empty() {
        return Ok(rows);
    }
    let known = super::plots::nicknamed(tx, community)?;
    match ground::official(text, &known) {
        Some(official) => ask(tx, &official),
        None => Ok(rows),
    }
}

/// Enters a spot under what it is part of, and gives it its label.
pub(super) fn add(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: SpotId,
    kind: SpotKind,
    within: Option<SpotId>,
    name: &str,
) -> Result<(), Refusal> {
    let label = match within {
        Some(whole) => rules::joined(&label(tx, community, whole)?, name),
        None => name.to_owned(),
    };
    let plain = rules::plain(&label);
    let initials = kernel::pinyin::initials(&plain);
    let sort = rules::sort_key(&initials);
    let (community, id) = (community.uuid(), id.uuid());
    let given = db::params![community, id, kind.word(), label, plain, initials, sort];
    Ok(tx.exec_one(&ADD, &given)?)
}

/// Calls a spot anew.
pub(super) fn relabel(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: SpotId,
    label: &str,
) -> Result<(), Refusal> {
    let plain = rules::plain(label);
    let initials = kernel::pinyin::initials(&plain);
    let sort = rules::sort_key(&initials);
    let given = db::params![community.uuid(), id.uuid(), label, plain, initials, sort];
    Ok(tx.exec_one(&RELABEL, &given)?)
}

/// The households within a building or compound now, as they stood at `at`, with their buildings.
///
/// # Errors
/// Those of the database.
pub(crate) fn households_within(
    tx: &mut Tx<'_>,
    community: CommunityId,
    within: SpotId,
    at: Instant,
) -> Result<Vec<(Spot, BuildingId)>, Refusal> {
    let rows = tx.rows(&BUILDINGS_WITHIN, &db::params![community.uuid(), within.uuid()])?;
    let building = |row: &Row| Ok((row.id(0)?, BuildingId::from_uuid(row.id(1)?)));
    let buildings = rows.iter().map(building).collect::<Result<BTreeMap<_, _>, Refusal>>()?;
    let given = db::params![community.uuid(), at.micros(), within.uuid()];
    let mut found = Vec::new();
    for row in &tx.rows(&WITHIN, &given)? {
        let spot = read(row)?;
        if let Some(building) = buildings.get(&spot.id.uuid()) {
            found.push((spot, *building));
        }
    }
    Ok(found)
}

fn label(tx: &mut Tx<'_>, community: CommunityId, id: SpotId) -> Result<String, Refusal> {
    let row = tx.row(&LABEL, &db::params![community.uuid(), id.uuid()])?;
    Ok(row.ok_or(Refusal::NotFound)?.text(0)?.to_owned())
}

fn household_brief(spot: Spot) -> Option<HouseholdBrief> {
    let id = spot.household()?;
    Some(HouseholdBrief { id, label: spot.label, grid: spot.grid, liaison: spot.liaison })
}

fn read(row: &Row) -> Result<Spot, Refusal> {
    Ok(Spot {
        id: SpotId::from_uuid(row.id(0)?),
        kind: SpotKind::of(row.text(1)?).ok_or_else(|| strange("spot"))?,
        label: row.text(2)?.to_owned(),
        py: row.text(3)?.to_owned(),
        grid: row.opt_id(5)?.map(GridId::from_uuid),
        liaison: row.opt_id(6)?.map(AccountId::from_uuid),
        substitute: row.opt_id(7)?.map(AccountId::from_uuid),
    })
}

fn cursor(row: &Row) -> Result<Cursor, Refusal> {
    Ok(Cursor { sort: row.text(4)?.to_owned(), id: row.id(0)? })
}
