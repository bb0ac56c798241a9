//! A quarter of requests, each driven through the gate's own actions at simulated times.
//!
//! All stories are laid out first, with who does what and when. Then every step of all of them
//! is done in the order of time, so that numbers, events and journal stand as they would have.

mod acts;
pub mod office;
mod roles;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use db::Db;
use gate::Gate;
use kernel::{CommunityId, Instant, SetClock};
use web::{House, Module, Plan};

use crate::cast::Cast;
use crate::dice::{self, Dice};
use crate::found::Founded;
use crate::story::{Step, Stories, Story};
use acts::Life;
use roles::Roles;

/// How long a quarter is.
const QUARTER: Duration = Duration::from_secs(90 * 24 * 3_600);

/// How often the jobs look in a lived quarter: often enough that a late matter goes up on the
/// day, and a quarter is told in seconds.
const ROUND: Duration = Duration::from_secs(3_600);

/// The quarter before an instant.
pub struct Quarter<'a> {
    pub db: &'a Db,
    /// The capabilities whose policies the acts are asked of.
    pub modules: &'a [&'static Module],
    pub seed: u64,
    pub now: Instant,
}

/// What was told.
#[derive(Debug)]
pub struct Told {
    pub requests: usize,
    pub acts: usize,
    /// The query code of a request that waits for its resident's word.
    pub query_code: String,
}

/// One thing to be done: when, in which life, and what; nothing is the filing.
type Due = (Instant, usize, Option<Step>);

/// What every act is done with.
struct World {
    gate: Gate,
    clock: Arc<SetClock>,
    community: CommunityId,
}

impl Quarter<'_> {
    /// Lives through it. `progress` is told how many acts of how many are done.
    ///
    /// # Errors
    /// A refusal by policy or rule, with the story it befell; those of the database.
    pub fn live(&self, founded: &Founded, progress: impl Fn(usize, usize)) -> Result<Told> {
        let stories = Stories::read()?;
        let world = self.world(founded)?;
        let (mut lives, due) = self.lay_out(&stories, founded)?;
        let mut round_at = self.now.minus(QUARTER);
        for (done, (at, place, step)) in due.iter().enumerate() {
            round_at = self.rounds_until(&world, round_at, *at)?;
            world.clock.set(*at);
            let main = follows(&lives, *place);
            let life = &mut lives[*place];
            life.step(&world, *step, main.as_deref())
                .with_context(|| format!("{step:?} at {}: {}", at.to_rfc3339(), life.text()))?;
            progress(done + 1, due.len());
        }
        self.rounds_until(&world, round_at, self.now)?;
        let shown = lives.iter().find(|life| life.is_shown());
        let query_code = shown.and_then(Life::query_code).context("no story is the resident's")?;
        Ok(Told { requests: lives.len(), acts: due.len(), query_code })
    }

    /// What the program would have done by itself until `at`, such as taking up what was late.
    /// Returns when its next round is.
    fn rounds_until(&self, world: &World, from: Instant, at: Instant) -> Result<Instant> {
        let mut round_at = from;
        while round_at < at {
            world.clock.set(round_at);
            for job in self.modules.iter().flat_map(|module| module.jobs) {
                (job.run)(&world.gate).with_context(|| format!("the job {}", job.name))?;
            }
            round_at = round_at.plus(ROUND);
        }
        Ok(round_at)
    }

    fn world(&self, founded: &Founded) -> Result<World> {
        let clock = Arc::new(SetClock::new(self.now.minus(QUARTER)));
        let house = House::build(Plan {
            modules: self.modules,
            db: self.db.clone(),
            identify: Arc::new(Cast::of(&founded.plan)),
            clock: clock.clone(),
            chance: dice::chance(self.seed),
            home: None,
            behind_proxy: false,
            demo_links: Vec::new(),
            metrics: web::house::silent_metrics(),
        });
        let gate = house.context("the program's parts do not fit together")?.gate;
        Ok(World { gate, clock, community: founded.community })
    }

    /// Who does what in every story, and everything to be done in the order of time.
    fn lay_out<'s>(
        &self,
        stories: &'s Stories,
        founded: &Founded,
    ) -> Result<(Vec<Life<'s>>, Vec<Due>)> {
        let mut dice = Dice::new(self.seed);
        let span = (self.now.minus(QUARTER), self.now);
        let (mut lives, mut due) = (Vec::new(), Vec::new());
        for story in stories.stories.iter().flat_map(|one| std::iter::repeat_n(one, one.times)) {
            let course = stories.course(story, span, &mut dice)?;
            let roles = Roles::cast(story, &founded.plan, &mut dice)
                .with_context(|| format!("nobody could tell this: {}", story.text))?;
            due.push((course.filed_at, lives.len(), None));
            due.extend(course.steps.iter().map(|(at, step)| (*at, lives.len(), Some(*step))));
            lives.push(Life::new(story, roles, &course));
        }
        due.sort_by_key(|(at, place, _)| (*at, *place));
        Ok((lives, due))
    }
}

/// The number of the request that this one is the same matter as.
fn follows(lives: &[Life<'_>], place: usize) -> Option<String> {
    let Story { follows, .. } = lives[place].story;
    let main = lives.iter().find(|life| follows.is_some() && life.story.key == *follows)?;
    main.number()
}
