//! The residents: households of one to six, put together from the names of `data/people.toml`.

use anyhow::{Context, Result};
use kernel::{Day, Instant};
use registry::{Person, PersonId, Sex};
use serde::Deserialize;

use crate::dice::Dice;

/// Most people behind one door.
const HOUSEHOLD_MAX: usize = 6;

/// How many households of a hundred have one, two, three… members, before the last correction.
const SIZES: [(usize, u32); HOUSEHOLD_MAX] = [(1, 18), (2, 32), (3, 26), (4, 14), (5, 7), (6, 3)];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleData {
    surnames: Vec<String>,
    elder: Given,
    adult: Given,
    young: Given,
    address: Address,
    pub staff: Staff,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    male: Vec<String>,
    female: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Address {
    elder_male: String,
    elder_female: String,
    adult_male: String,
    adult_female: String,
}

/// Who works in the office.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Staff {
    pub clerks: Vec<String>,
    pub secretary: String,
    pub administrator: String,
    pub auditor: String,
    pub department: String,
}

/// A time of life, with the years somebody of it may be born in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    Elder,
    Adult,
    Young,
}

impl Age {
    fn years(self) -> (u32, u32) {
        match self {
            Age::Elder => (1934, 1965),
            Age::Adult => (1966, 2004),
            Age::Young => (2005, 2023),
        }
    }
}

/// Who lives together: their ages and sexes, the first one being asked for at the door.
const TOGETHER: [&[(Age, Sex)]; 7] = [
    &[(Age::Elder, Sex::Female)],
    &[(Age::Elder, Sex::Male)],
    &[(Age::Elder, Sex::Male), (Age::Elder, Sex::Female)],
    &[(Age::Adult, Sex::Male), (Age::Adult, Sex::Female)],
    &[(Age::Adult, Sex::Female), (Age::Adult, Sex::Male), (Age::Young, Sex::Male)],
    &[(Age::Adult, Sex::Male), (Age::Adult, Sex::Female), (Age::Young, Sex::Female)],
    &[
        (Age::Elder, Sex::Female),
        (Age::Adult, Sex::Male),
        (Age::Adult, Sex::Female),
        (Age::Young, Sex::Male),
        (Age::Young, Sex::Female),
        (Age::Elder, Sex::Male),
    ],
];

impl PeopleData {
    pub fn read() -> Result<PeopleData> {
        toml::from_str(include_str!("../data/people.toml")).context("sim/data/people.toml")
    }

    /// Who lives behind each door.
    pub fn settle(
        &self,
        (doors, residents): (usize, usize),
        since: Instant,
        dice: &mut Dice,
    ) -> Vec<Vec<Person>> {
        let sizes = sizes(doors, residents, dice);
        let mut serial = 0;
        let mut households = Vec::with_capacity(doors);
        for size in sizes {
            let of_size: Vec<_> = TOGETHER.iter().filter(|kind| kind.len() >= size).collect();
            let exact: Vec<_> = of_size.iter().filter(|kind| kind.len() == size).collect();
            let kind = if exact.is_empty() { of_size[0] } else { *dice.pick(&exact) };
            let family = dice.pick(&self.surnames).clone();
            let members = kind.iter().take(size).map(|(age, sex)| {
                serial += 1;
                self.person(&family, (*age, *sex), serial, since, dice)
            });
            households.push(members.collect());
        }
        households
    }

    fn person(
        &self,
        family: &str,
        (age, sex): (Age, Sex),
        serial: usize,
        since: Instant,
        dice: &mut Dice,
    ) -> Person {
        let given = match age {
            Age::Elder => &self.elder,
            Age::Adult => &self.adult,
            Age::Young => &self.young,
        };
        let male = sex == Sex::Male;
        // Women keep the name they were born with.
        let own = age != Age::Young && !male;
        let family = if own { dice.pick(&self.surnames).as_str() } else { family };
        let given = dice.pick(if male { &given.male } else { &given.female });
        let (from, to) = age.years();
        let year = i16::try_from(dice.between(from, to)).unwrap_or(i16::MAX);
        let (month, day) = (dice.between(1, 13), dice.between(1, 29));
        let born_on = i8::try_from(month).ok().zip(i8::try_from(day).ok());
        Person {
            id: PersonId::from_uuid(dice.id(since)),
            name: format!("{family}{given}"),
            form_of_address: self.called(family, age, male),
            // Children have none, and of the rest not everybody gives theirs.
            phone: match age {
                Age::Elder | Age::Adult => format!("0737-000{serial:04}"),
                Age::Young => String::new(),
            },
            born_on: born_on.and_then(|(month, day)| Day::of(year, month, day)),
            sex,
            created_at: since,
        }
    }

    fn called(&self, family: &str, age: Age, male: bool) -> String {
        let word = match (age, male) {
            (Age::Elder, true) => &self.address.elder_male,
            (Age::Elder, false) => &self.address.elder_female,
            (Age::Adult, true) => &self.address.adult_male,
            (Age::Adult, false) => &self.address.adult_female,
            (Age::Young, _) => return String::new(),
        };
        format!("{family}{word}")
    }
}

/// As many sizes as there are doors, which together are all residents.
fn sizes(doors: usize, residents: usize, dice: &mut Dice) -> Vec<usize> {
    let mut sizes: Vec<usize> = (0..doors).map(|_| size(dice)).collect();
    let mut have: usize = sizes.iter().sum();
    let reachable = (doors..=doors * HOUSEHOLD_MAX).contains(&residents);
    while reachable && have != residents {
        let one = dice.between(0, u32::try_from(doors).unwrap_or(u32::MAX)) as usize;
        if have < residents && sizes[one] < HOUSEHOLD_MAX {
            sizes[one] += 1;
            have += 1;
        } else if have > residents && sizes[one] > 1 {
            sizes[one] -= 1;
            have -= 1;
        }
    }
    sizes
}

fn size(dice: &mut Dice) -> usize {
    let mut left = dice.between(0, SIZES.iter().map(|(_, weight)| weight).sum());
    for (size, weight) in SIZES {
        if left < weight {
            return size;
        }
        left -= weight;
    }
    1
}
