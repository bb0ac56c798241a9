//! Who tells a story, who writes it down, sorts it, handles it and asks whether it is right.

use access::Role;
use anyhow::{Context, Result};
use kernel::AccountId;
use registry::{Person, SpotId, SpotKind};
use requests::model::Channel;

use crate::dice::Dice;
use crate::found::Plan;
use crate::story::{Hand, Story};

/// The people of one story.
pub struct Roles {
    pub spot: SpotId,
    pub petitioner: String,
    pub phone: String,
    pub recorder: AccountId,
    pub sorter: AccountId,
    pub handler: AccountId,
    /// Handles it after it was returned.
    pub second: AccountId,
    /// Asks whether the answer is right; never who answered.
    pub checker: AccountId,
    pub closer: AccountId,
    pub secretary: AccountId,
    pub accused: Option<AccountId>,
}

/// Where a story happens: its spot, its grid and a door nearby.
struct Scene {
    spot: SpotId,
    grid: usize,
    door: usize,
}

impl Roles {
    /// Chooses them.
    ///
    /// # Errors
    /// When the community has no such place.
    pub fn cast(story: &Story, plan: &Plan, dice: &mut Dice) -> Result<Roles> {
        let scene = scene(story, plan, dice)?;
        let of = |hand| plan.hand(hand, &scene);
        let (sorter, handler, second) = (of(story.sorter)?, of(story.handler)?, of(story.second)?);
        let recorder = match story.channel {
            Channel::Door | Channel::Group => of(Hand::Rep)?,
            Channel::Counter | Channel::Phone | Channel::Web | Channel::Api => {
                of(if story.handler == Hand::Clerk { Hand::SecondClerk } else { Hand::Clerk })?
            }
        };
        let by_office = story.channel != Channel::Door && story.channel != Channel::Group;
        // Who answered last neither asks nor closes.
        let answerers = [handler, second];
        let office = [of(Hand::SecondClerk)?, of(Hand::Clerk)?, of(Hand::Secretary)?];
        let office = std::iter::once(recorder).filter(|_| by_office).chain(office);
        let closer = office.into_iter().find(|one| !answerers.contains(one)).unwrap_or(recorder);
        let asks_again = !answerers.contains(&recorder) && dice.happens(60);
        let petitioner = petitioner(plan, scene.door).context("nobody lives there")?;
        Ok(Roles {
            spot: scene.spot,
            petitioner: petitioner.form_of_address.clone(),
            phone: petitioner.phone.clone(),
            recorder,
            sorter,
            handler,
            second,
            checker: if asks_again { recorder } else { closer },
            closer,
            secretary: of(Hand::Secretary)?,
            accused: story.accused.then(|| plan.neighbour_of(scene.door)),
        })
    }
}

fn scene(story: &Story, plan: &Plan, dice: &mut Dice) -> Result<Scene> {
    let named = |name: &str| story.name.as_deref().is_none_or(|wanted| wanted == name);
    let homes = &plan.ground.homes;
    let doors = |fits: &dyn Fn(usize) -> bool| {
        (0..homes.len()).filter(|door| fits(*door)).collect::<Vec<usize>>()
    };
    if story.at == SpotKind::Household {
        let fits = |door: usize| {
            named(&homes[door].compound)
                && (!story.near || plan.reps[door] == 0)
                && petitioner(plan, door).is_some()
        };
        let doors = doors(&fits);
        anyhow::ensure!(!doors.is_empty(), "no such household");
        let door = *dice.pick(&doors);
        return Ok(Scene { spot: homes[door].household.into(), grid: homes[door].grid, door });
    }
    let sites = plan.ground.sites.iter();
    let sites: Vec<_> = sites.filter(|site| site.kind == story.at && named(&site.name)).collect();
    anyhow::ensure!(!sites.is_empty(), "no such place");
    let site = *dice.pick(&sites);
    // Of a lane or yard somebody of the same grid speaks.
    let near = |door: usize| homes[door].grid == site.grid && petitioner(plan, door).is_some();
    let doors = doors(&near);
    anyhow::ensure!(!doors.is_empty(), "nobody lives nearby");
    Ok(Scene { spot: site.spot, grid: site.grid, door: *dice.pick(&doors) })
}

/// Whoever opens the door and has a telephone.
fn petitioner(plan: &Plan, door: usize) -> Option<&Person> {
    plan.people[door].iter().find(|person| !person.phone.is_empty())
}

impl Plan {
    fn hand(&self, hand: Hand, scene: &Scene) -> Result<AccountId> {
        let found = match hand {
            Hand::Rep => self.staff.get(self.reps[scene.door]),
            Hand::Head => self.with_role(Role::GridHead).nth(scene.grid),
            Hand::Clerk => self.with_role(Role::Clerk).next(),
            Hand::SecondClerk => self.with_role(Role::Clerk).nth(1),
            Hand::Secretary => self.with_role(Role::Secretary).next(),
            Hand::Department => self.with_role(Role::Department).next(),
        };
        Ok(found.with_context(|| format!("nobody works as {hand:?}"))?.account)
    }

    fn with_role(&self, role: Role) -> impl Iterator<Item = &crate::found::Employed> {
        self.staff.iter().filter(move |employed| employed.role == role)
    }

    /// Some liaison rep of other households.
    fn neighbour_of(&self, door: usize) -> AccountId {
        let reps = self.with_role(Role::Liaison).count();
        self.staff[(self.reps[door] + 1) % reps].account
    }
}
