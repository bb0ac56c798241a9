//! Measures what sealing costs: people written, one read again, a search among all of one community.
//! Prints JSON; times are microseconds, each the median of many.
//!
//! `cargo run --release -p registry --example sealed_people -- [aes|sm] [people]`

use std::time::Instant as Stopwatch;

use db::{Config, Db, Url};
use gate::{Chance, Refusal};
use kernel::{CommunityId, Instant};
use registry::{
    Building, BuildingId, Compound, CompoundId, Dwelling, DwellingId, Household, HouseholdId,
    Person, PersonId, Sex, Span, seed,
};
use uuid::Uuid;
use vault::master::{Master, Ring};
use vault::{Suite, Vault};

/// A community of the founding size.
const PEOPLE: u128 = 3_500;

/// People behind one door.
const HOUSEHOLD: u128 = 3;

/// How often each thing is measured.
const TIMES: usize = 400;

const FAMILIES: [char; 20] = [
    '王', '李', '张', '刘', '陈', '杨', '黄', '赵', '吴', '周', '徐', '孙', '马', '朱', '胡', '郭',
    '何', '高', '林', '罗',
];
const GIVEN: [char; 24] = [
    '伟', '芳', '娜', '敏', '静', '丽', '强', '磊', '军', '洋', '勇', '艳', '杰', '娟', '涛', '明',
    '超', '秀', '霞', '平', '刚', '桂', '英', '华',
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let suite = arguments.next().and_then(|word| Suite::named(&word));
    let suite = suite.unwrap_or(Suite::International);
    let people = arguments.next().map(|count| count.parse()).transpose()?.unwrap_or(PEOPLE);
    let folder = tempfile::tempdir()?;
    let db = Db::open(&Config::new(Url::Sqlite(folder.path().join("lianhu.db"))))?;
    db.migrate(&web::house::migrations(&[&registry::MODULE]))?;
    let chance = Chance::system();
    let ring = Ring::of(Master::new(&|bytes| chance.fill(bytes)));
    let filling = chance.clone();
    Vault::new(ring, None, suite, move |bytes| filling.fill(bytes)).attach(&db)?;
    let community = CommunityId::from_uuid(Uuid::from_u128(1));
    let written = write(&db, community, people)?;
    let read = median(|| read_one(&db, community, people))?;
    let household = median(|| read_household(&db, community, people))?;
    let search = |text: &'static str| median(|| search(&db, community, text));
    let (by_name, by_letters, by_phone) = (search("王桂英")?, search("wgy")?, search("0042")?);
    let suite = suite.word();
    say(&format!(
        "{{\"suite\": \"{suite}\", \"people\": {people}, \"write_one\": {written}, \
         \"read_one\": {read}, \"read_household\": {household}, \"search_name\": {by_name}, \
         \"search_letters\": {by_letters}, \"search_last_four\": {by_phone}}}"
    ));
    db.close();
    Ok(())
}

fn say(line: &str) {
    use std::io::Write;
    // Nobody reads the answer if the pipe is closed.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Enters everybody; microseconds for one person.
fn write(db: &Db, community: CommunityId, people: u128) -> Result<u128, Refusal> {
    let now = Instant::from_micros(0);
    let started = Stopwatch::now();
    let (compound, building) = (Uuid::from_u128(2), Uuid::from_u128(3));
    db.write_blocking(move |tx| {
        seed::community(tx, community, "样板社区", "0737-0000000", now)?;
        let id = CompoundId::from_uuid(compound);
        seed::compound(tx, community, &Compound { id, name: "新村".into(), aliases: vec![] })?;
        let building = Building {
            id: BuildingId::from_uuid(building),
            compound: id,
            name: "1栋".into(),
            aliases: vec![],
            floors: None,
            has_lift: false,
        };
        seed::building(tx, community, &building)
    })?;
    for first in (0..people).step_by(500) {
        db.write_blocking(move |tx| {
            (first..people.min(first + 500)).try_for_each(|number| {
                enter(tx, community, BuildingId::from_uuid(building), number)
            })
        })?;
    }
    Ok(started.elapsed().as_micros() / people.max(1))
}

fn enter(
    tx: &mut db::Tx<'_>,
    community: CommunityId,
    building: BuildingId,
    number: u128,
) -> Result<(), Refusal> {
    let now = Instant::from_micros(0);
    let span = Span::since(now);
    let household = household(number);
    if number.is_multiple_of(HOUSEHOLD) {
        let dwelling = DwellingId::from_uuid(Uuid::from_u128((1 << 40) | number));
        let room = format!("{number}");
        let door = Dwelling { id: dwelling, building, stairwell: None, room, floor: None };
        seed::dwelling(tx, community, &door)?;
        seed::household(tx, community, &Household { id: household, dwelling, span })?;
    }
    let sign = |of: &[char], at: u128| of[usize::try_from(at).unwrap_or(0) % of.len()];
    let name = [
        sign(&FAMILIES, number * 7 + number / 20),
        sign(&GIVEN, number * 5 + number / 11),
        sign(&GIVEN, number * 11 + number / 7),
    ];
    let person = Person {
        id: person(number),
        name: name.iter().collect(),
        form_of_address: format!("{}爹", name[0]),
        phone: format!("138{number:08}"),
        born_on: None,
        sex: Sex::Unknown,
        created_at: now,
    };
    seed::person(tx, community, &person)?;
    seed::member(tx, community, household, person.id, span)
}

fn person(number: u128) -> PersonId {
    PersonId::from_uuid(Uuid::from_u128((2 << 40) | number))
}

fn household(number: u128) -> HouseholdId {
    HouseholdId::from_uuid(Uuid::from_u128((3 << 40) | (number / HOUSEHOLD)))
}

/// One person's record with all fields, from a transaction of its own.
fn read_one(db: &Db, community: CommunityId, people: u128) -> Result<(), Refusal> {
    let some = person(people / 2);
    db.read_blocking(move |tx| registry::person(tx, community, some).map(drop))
}

fn read_household(db: &Db, community: CommunityId, people: u128) -> Result<(), Refusal> {
    let some = household(people / 2);
    let now = Instant::from_micros(1);
    db.read_blocking(move |tx| registry::persons_of(tx, community, some, now).map(drop))
}

fn search(db: &Db, community: CommunityId, text: &'static str) -> Result<(), Refusal> {
    let now = Instant::from_micros(1);
    db.read_blocking(move |tx| registry::called(tx, community, text, now).map(drop))
}

/// The median time in microseconds.
fn median(act: impl Fn() -> Result<(), Refusal>) -> Result<u128, Refusal> {
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let started = Stopwatch::now();
        act()?;
        times.push(started.elapsed().as_micros());
    }
    times.sort_unstable();
    Ok(times[TIMES / 2])
}
