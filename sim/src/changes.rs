//! What changed hands lately: one rep is away, one has left, and every grid has its card posted.

use access::Role;
use anyhow::{Context, Result};
use db::Db;
use gate::{Chance, Refusal};
use kernel::{AccountId, Instant};
use registry::{Station, StationId, Substitution, Week, seed};

use crate::found::Founded;

/// How long the rep is away.
const AWAY_DAYS: i32 = 9;

/// Enters it; ids come from the machine, for nothing is told from them.
///
/// # Errors
/// Those of the database, and when the community has too few reps.
pub fn change_hands(db: &Db, founded: &Founded, now: Instant) -> Result<()> {
    let reps: Vec<AccountId> = founded
        .logins
        .iter()
        .filter(|login| login.role == Role::Liaison)
        .map(|login| login.account)
        .collect();
    // The first rep is who the demo signs in as; their list stays as long as everybody's.
    let [_, away, substitute, .., leaving] = reps.as_slice() else {
        return Err(anyhow::anyhow!("the community has too few reps"));
    };
    let (away, substitute, leaving) = (*away, *substitute, *leaving);
    let (community, plan, chance) = (founded.community, founded.plan.clone(), Chance::system());
    db.write_blocking(move |tx| {
        let until = now.day().plus_days(AWAY_DAYS).start();
        let id = chance.id(now);
        let one = Substitution { id, account: away, substitute, from: now, until };
        registry::add_substitution(tx, community, &one)?;
        registry::open_hand_over(tx, community, (chance.id(now), leaving), now)?;
        registry::let_go(tx, community, leaving, now)?;
        access::seed::leave(tx, community, leaving, now)?;
        for (number, grid) in (1..).zip(&plan.ground.grids) {
            let card = seed::GridCard {
                grid: grid.id,
                name: grid.name.clone(),
                bounds: plan.ground.bounds(number - 1),
                worker: plan.heads().nth(number - 1).unwrap_or_default(),
                contact: format!("0737-000{number:04}"),
                supervision: "0737-0000000".to_owned(),
                changed_at: now,
            };
            seed::grid_card(tx, community, &card)?;
        }
        for station in stations(&chance, now) {
            seed::station(tx, community, &station)?;
        }
        Ok::<(), Refusal>(())
    })
    .context("what changed hands")
}

/// Where the invented community does what for its people.
fn stations(chance: &Chance, now: Instant) -> [Station; 2] {
    // 8:30–12:00 and 14:30–17:30.
    let work = vec![(510, 720), (870, 1050)];
    let with = |saturday: Vec<(u16, u16)>| -> Week {
        std::array::from_fn(|day| match day {
            0..=4 => work.clone(),
            5 => saturday.clone(),
            _ => Vec::new(),
        })
    };
    let station = |name: &str, address: &str, offers: &str, hours: Week| Station {
        id: StationId::from_uuid(chance.id(now)),
        name: name.to_owned(),
        address: address.to_owned(),
        phone: "0737-0000000".to_owned(),
        offers: offers.to_owned(),
        duty: String::new(),
        hours,
        holidays_off: true,
        changed_at: now,
    };
    [
        station(
            "社区便民服务中心",
            "会龙苑1栋1楼",
            "社保医保、老年证、政策咨询",
            with(vec![(540, 720)]),
        ),
        station(
            "氮肥厂小区党群服务站",
            "氮肥厂小区2栋1楼",
            "代缴水电气费、打印复印、代办",
            with(Vec::new()),
        ),
    ]
}
