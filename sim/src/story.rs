//! What is told in `data/stories.toml`, and the steps a request may go through by
//! `data/paths.toml`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use kernel::Instant;
use registry::SpotKind;
use requests::model::{AnswerKind, Channel, Mode, PauseReason};
use serde::Deserialize;

use crate::dice::Dice;
use crate::quarter::office;

/// All stories, with the paths they go.
pub struct Stories {
    pub stories: Vec<Story>,
    paths: Paths,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    #[serde(rename = "story")]
    stories: Vec<Story>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Paths {
    path: BTreeMap<String, Vec<Step>>,
    /// Minutes of office hours before each step.
    gap: BTreeMap<Step, (u32, u32)>,
}

/// Somebody who works on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hand {
    Rep,
    #[default]
    Head,
    Clerk,
    SecondClerk,
    Secretary,
    Department,
}

/// What happens to a request after it was filed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Triage,
    Assign,
    Accept,
    Return,
    Contact,
    AskExtension,
    GrantExtension,
    Pause,
    Resume,
    /// The resident adds a word.
    Note,
    Split,
    Merge,
    Answer,
    /// Within the hour or so, later than usual, and later than promised.
    PromptAnswer,
    LateAnswer,
    OverdueAnswer,
    /// Somebody rang and nobody was there.
    Miss,
    /// Somebody rang: content, or not.
    Verify,
    Object,
    /// The resident said so by the query code: content, or not.
    Confirm,
    Reject,
    Close,
    /// Closed when the time to verify is over, or on the day to ask how it went.
    Lapse,
    FollowUp,
    AskReopening,
    Reopen,
    Refuse,
    Withdraw,
}

/// One story.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    #[serde(default)]
    pub key: Option<String>,
    pub text: String,
    /// What it is sorted under.
    pub topic: String,
    #[serde(default = "home")]
    pub at: SpotKind,
    #[serde(default)]
    pub name: Option<String>,
    /// Told by a household of the first liaison rep.
    #[serde(default)]
    pub near: bool,
    #[serde(default = "door")]
    pub channel: Channel,
    #[serde(default)]
    pub behalf: Option<String>,
    pub mode: Mode,
    #[serde(default)]
    pub duty: String,
    #[serde(default)]
    pub sorter: Hand,
    #[serde(default)]
    pub handler: Hand,
    /// Who gets it after it was returned.
    #[serde(default)]
    pub second: Hand,
    #[serde(default)]
    pub answer: String,
    #[serde(default)]
    pub again: String,
    #[serde(default)]
    pub kind: Option<AnswerKind>,
    #[serde(default)]
    pub redirect: Option<(String, String)>,
    #[serde(default)]
    pub verdict: String,
    #[serde(default)]
    pub verdict_again: String,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub granted: Option<String>,
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub pause: Option<PauseReason>,
    #[serde(default)]
    pub parts: Vec<String>,
    /// The story it is the same matter as.
    #[serde(default)]
    pub follows: Option<String>,
    #[serde(default)]
    pub confidential: Option<bool>,
    /// It must be recognised as an emergency.
    #[serde(default)]
    pub emergency: bool,
    /// It complains about a liaison rep.
    #[serde(default)]
    pub accused: bool,
    /// Its query code is shown to whoever tries the demo.
    #[serde(default)]
    pub resident_link: bool,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    steps: Vec<Step>,
    #[serde(default)]
    ago: Vec<f64>,
    #[serde(default = "once")]
    pub times: usize,
}

fn home() -> SpotKind {
    SpotKind::Household
}

fn door() -> Channel {
    Channel::Door
}

fn once() -> usize {
    1
}

/// When a request was filed, and when each step was done.
pub struct Course {
    pub filed_at: Instant,
    pub steps: Vec<(Instant, Step)>,
}

impl Stories {
    pub fn read() -> Result<Stories> {
        let told: Told = toml::from_str(include_str!("../data/stories.toml"))
            .context("sim/data/stories.toml")?;
        let paths =
            toml::from_str(include_str!("../data/paths.toml")).context("sim/data/paths.toml")?;
        Ok(Stories { stories: told.stories, paths })
    }

    /// The course of one telling of a story within a span of time.
    pub fn course(
        &self,
        story: &Story,
        span: (Instant, Instant),
        dice: &mut Dice,
    ) -> Result<Course> {
        match &story.path {
            Some(path) => self.by_path(path, span, dice),
            None => fixed(story, span.1),
        }
    }

    fn by_path(
        &self,
        path: &str,
        (from, to): (Instant, Instant),
        dice: &mut Dice,
    ) -> Result<Course> {
        let steps = self.paths.path.get(path).with_context(|| format!("no path {path}"))?;
        let mut gaps = Vec::with_capacity(steps.len());
        for step in steps {
            let (least, most) =
                self.paths.gap.get(step).with_context(|| format!("no gap before {step:?}"))?;
            gaps.push(dice.between(least * 60, most * 60));
        }
        // Early enough that all of it lies behind.
        let whole: u32 = gaps.iter().sum();
        let latest = office::before(to, whole + office::HOUR);
        let room = u32::try_from(latest.since(from).as_secs()).unwrap_or(u32::MAX).max(1);
        let any = from.plus(std::time::Duration::from_secs(dice.between(0, room).into()));
        let filed_at = office::after(any, dice.between(60, office::HOUR / 2)).min(latest);
        let mut at = filed_at;
        let steps = steps.iter().zip(gaps).map(|(step, gap)| {
            at = office::after(at, gap);
            (at, *step)
        });
        Ok(Course { filed_at, steps: steps.collect() })
    }
}

/// Filed and done so many office hours before the end.
fn fixed(story: &Story, end: Instant) -> Result<Course> {
    let mut moments = story.ago.iter().map(|hours| {
        // Hours of a story are few and positive.
        office::before(end, (hours * f64::from(office::HOUR)) as u32)
    });
    let filed_at = moments.next().with_context(|| format!("when was this told? {}", story.text))?;
    let steps: Vec<_> = moments.zip(story.steps.iter().copied()).collect();
    anyhow::ensure!(
        steps.len() == story.steps.len() && story.ago.len() == steps.len() + 1,
        "each step needs its hour: {}",
        story.text
    );
    Ok(Course { filed_at, steps })
}

#[cfg(test)]
mod tests {
    use requests::rules::infer::infer;
    use requests::topics;

    use super::*;

    #[test]
    fn an_emergency_is_heard_where_one_is_told_and_nowhere_else() {
        let wrong: Vec<String> = Stories::read()
            .unwrap()
            .stories
            .into_iter()
            .filter(|story| infer(&story.text, "").emergencies.is_empty() == story.emergency)
            .map(|story| story.text)
            .collect();
        assert_eq!(wrong, [""; 0]);
    }

    #[test]
    fn every_story_is_sorted_under_a_topic_of_the_tree() {
        for story in Stories::read().unwrap().stories {
            assert!(topics::topic(&story.topic).is_some(), "{}: {}", story.topic, story.text);
        }
    }
}
