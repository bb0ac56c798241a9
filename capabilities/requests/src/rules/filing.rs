//! How a request begins, what may be added to its words, and how its petitioner takes it back.

use kernel::{Fault, Instant};
use uuid::Uuid;

use super::clocks::ClockPolicy;
use super::decide::{By, Case, Change, Draft, Follow, ensure, ensure_of};
use super::merge;
use super::workflow::Act;
use crate::model::{
    AssertedBy, Channel, ClockClass, Emergency, Layer, Lines, Nature, Note, Outcome, PHOTOS_MAX,
    Petitioner, Request, RequestId, Stage, Words,
};

/// All that is known when a request is filed; what was not said has been inferred.
#[derive(Debug, Clone)]
pub struct Filing {
    pub id: RequestId,
    pub year: i64,
    pub serial: i64,
    pub words: Words,
    pub household: Option<Uuid>,
    pub place: Option<Uuid>,
    pub spot_label: String,
    pub grid: Option<Uuid>,
    pub petitioner: Petitioner,
    /// Who spoke for the petitioner and why.
    pub behalf: Option<String>,
    /// Who wrote it down; the first receiver, who leads until another accepts (R8).
    pub recorder: Option<Uuid>,
    pub channel: Channel,
    pub nature: Nature,
    pub topic: String,
    pub clock_class: ClockClass,
    pub layer: Layer,
    /// Whom to call first.
    pub emergencies: Lines,
    /// The line that has been called already; one of them.
    pub called: Option<Emergency>,
    pub confidential: bool,
    /// Whom it complains about.
    pub accused: Option<Uuid>,
    /// Who is asked to hear the complaint (R21), see [`super::complaint`].
    pub hears: Option<Uuid>,
}

/// Records what was said (R1). With `same_as` it joins a matter that is in hand (R14).
///
/// # Errors
/// `rule.r21_accused_has_no_part`, and those of [`merge::merge`].
pub fn file(
    filing: &Filing,
    same_as: Option<&Request>,
    now: Instant,
    policy: &ClockPolicy,
) -> Result<Change, Fault> {
    let myself = filing.recorder.is_some() && filing.recorder == filing.accused;
    ensure_of("accused", !myself, "rule.r21_accused_has_no_part")?;
    let by = By { account: filing.recorder, is_petitioner: false };
    let mut draft = Draft::new(Act::File, first_row(filing, now), by, now, policy);
    for line in filing.emergencies.iter() {
        draft.follow(Follow::Transfer { line, called: filing.called == Some(line) });
    }
    match (same_as, filing.hears) {
        (Some(into), _) => merge::join(&mut draft, into).map_err(|fault| fault.at("same_as"))?,
        (None, Some(hears)) if filing.recorder != Some(hears) => {
            draft.request.offered_to = Some(hears);
            draft.follow(Follow::Offer(hears));
            draft.go(Stage::Assigned)?;
        }
        (None, Some(_) | None) => draft.go(Stage::Received)?,
    }
    Ok(draft.finish())
}

pub(super) fn first_row(filing: &Filing, now: Instant) -> Request {
    let urgent = !filing.emergencies.is_empty();
    Request {
        id: filing.id,
        year: filing.year,
        serial: filing.serial,
        version: 1,
        stage: Stage::Received,
        outcome: None,
        asserted_by: None,
        nature: filing.nature,
        topic: filing.topic.clone(),
        mode: None,
        layer: filing.layer,
        clock_class: if urgent { ClockClass::U0 } else { filing.clock_class },
        channel: filing.channel,
        words: filing.words.as_str().to_owned(),
        household: filing.household,
        place: filing.place,
        spot_label: filing.spot_label.clone(),
        grid: filing.grid,
        petitioner: filing.petitioner.clone(),
        behalf: filing.behalf.clone(),
        recorder: filing.recorder,
        lead: filing.recorder,
        offered_to: None,
        handler: None,
        accused: filing.accused,
        confidential: filing.confidential,
        emergencies: filing.emergencies,
        called: filing.called.is_some_and(|line| filing.emergencies == Lines::NONE.with(line)),
        parent: None,
        merged_into: None,
        children_open: 0,
        duty: None,
        follow_up_on: None,
        answer: None,
        verification: None,
        contact_attempts: 0,
        pause: None,
        extension: None,
        extensions: 0,
        reopenings: 0,
        photos: 0,
        escalations: 0,
        next_clock: None,
        next_due_at: None,
        received_at: now,
        dispatched_at: None,
        answered_at: None,
        closed_at: None,
        changed_at: now,
    }
}

/// The petitioner no longer asks. Its parts end with it, those who followed it go their own way.
///
/// A withdrawal ends a matter without anybody asking the resident, so it is the resident's alone
/// (R11): by their code, or told to somebody else than who leads it or answered it, for whom it
/// would be a way around the question whether it was done (R12). Whoever merely wrote it down at
/// the door may pass the resident's word on, once another leads. A lead who hears it writes a
/// note, and a colleague asks and withdraws.
///
/// # Errors
/// `rule.not_in_stage`, `rule.r12_lead_may_not_withdraw`
pub fn withdraw(case: &Case<'_>, reason: &Note) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Withdraw, Some(reason))?;
    ensure(!case.is_own(), "rule.r12_lead_may_not_withdraw")?;
    draft.request.outcome = Some(Outcome::Withdrawn);
    draft.close(AssertedBy::Resident)?;
    if draft.request.children_open > 0 {
        draft.request.children_open = 0;
        draft.follow(Follow::WithdrawParts);
    }
    draft.follow(Follow::ReleaseFollowers);
    Ok(draft.finish())
}

/// Adds a word to the history. Changes no clock: a comment is not an answer.
///
/// # Errors
/// `rule.r21_accused_has_no_part`
pub fn note(case: &Case<'_>, words: &Note) -> Result<Change, Fault> {
    Ok(case.begin(Act::Note, Some(words))?.finish())
}

/// Says it again, rightly; what was said first stays in the history (R25).
///
/// # Errors
/// `rule.r21_accused_has_no_part`
pub fn correct(case: &Case<'_>, words: &Words, reason: &Note) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Correct, Some(reason))?;
    words.as_str().clone_into(&mut draft.request.words);
    Ok(draft.finish())
}

/// Hides the petitioner, or no longer (R22).
///
/// # Errors
/// `rule.r21_accused_has_no_part`
pub fn keep_confidential(case: &Case<'_>, confidential: bool) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::KeepConfidential, None)?;
    draft.request.confidential = confidential;
    Ok(draft.finish())
}

/// Counts photos that were added.
///
/// # Errors
/// `rule.not_in_stage`, `rule.too_many_photos|max=`
pub fn add_photos(case: &Case<'_>, count: i64) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::AddPhoto, None)?;
    draft.request.photos += count;
    if draft.request.photos > PHOTOS_MAX {
        return Err(Fault::new("rule.too_many_photos").with("max", PHOTOS_MAX).at("photos"));
    }
    Ok(draft.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Clock, PromiseState};
    use crate::rules::fixtures::{CLERK, REP, Story, at, filing, note};

    #[test]
    fn r1_what_was_said_is_recorded_with_who_and_when() {
        let story = Story::filed();
        let request = &story.request;
        assert_eq!((request.recorder, request.received_at), (Some(REP), at("2026-03-02T09:00")));
        assert_eq!((request.version, request.stage), (1, Stage::Received));
        assert_eq!(request.petitioner, Petitioner::default());
        assert_eq!(story.promises.len(), 1);
    }

    #[test]
    fn r4_an_emergency_is_transferred_at_once_and_most_urgent() {
        let gas = Filing { emergencies: Lines::NONE.with(Emergency::Fire), ..filing(1) };
        let story = Story::of(&gas);
        assert_eq!(story.follow, [Follow::Transfer { line: Emergency::Fire, called: false }]);
        assert_eq!(story.request.clock_class, ClockClass::U0);
        assert_eq!(story.promise(Clock::Accept).due_at, at("2026-03-02T10:00"));
    }

    #[test]
    fn r21_the_accused_may_not_write_it_down() {
        let own = Filing { accused: Some(REP), ..filing(1) };
        let story = Story::filed();
        let refused = file(&own, None, story.now, &story.policy).unwrap_err();
        assert_eq!(refused.key, "rule.r21_accused_has_no_part");
    }

    #[test]
    fn a_withdrawn_request_owes_nothing_more() {
        let mut story = Story::in_progress();
        story.by_whom(By::PETITIONER).apply(|case| withdraw(case, &note("自己修好了")));
        let request = &story.request;
        assert_eq!((request.stage, request.outcome), (Stage::Closed, Some(Outcome::Withdrawn)));
        assert_eq!(request.asserted_by, Some(AssertedBy::Resident));
        assert_eq!(story.promise(Clock::Answer).state, PromiseState::Void);
        assert_eq!((request.next_clock, request.next_due_at), (None, None));
        assert_eq!(story.follow, [Follow::ReleaseFollowers]);
        let again = story.attempt(|case| withdraw(case, &note("再撤一次")));
        assert_eq!(again, Err("rule.not_in_stage"));
    }

    #[test]
    fn r11_r12_a_withdrawal_is_not_the_leads_or_the_handlers() {
        for mut story in [Story::filed(), Story::in_progress(), Story::answered()] {
            let lead = story.request.lead.unwrap();
            let own = story.by(lead).attempt(|case| withdraw(case, &note("他说不用了")));
            assert_eq!(own, Err("rule.r12_lead_may_not_withdraw"));
            assert_eq!(story.by(CLERK).attempt(|case| withdraw(case, &note("不用了"))), Ok(()));
        }
    }

    #[test]
    fn r25_a_correction_is_a_new_version_and_no_clock_moves() {
        let mut story = Story::in_progress();
        let promises = story.promises.clone();
        let words = Words::parse("三栋三单元的楼道灯坏了").unwrap();
        story.by(CLERK).apply(|case| correct(case, &words, &note("听错了单元")));
        story.apply(|case| super::note(case, &note("居民又打了电话")));
        assert_eq!(story.request.words, words.as_str());
        assert_eq!(story.request.version, 5);
        assert_eq!(story.promises, promises);
    }

    #[test]
    fn r22_the_petitioner_may_be_kept_confidential_at_any_stage() {
        let mut story = Story::answered();
        story.by_whom(By::PETITIONER).apply(|case| keep_confidential(case, true));
        assert!(story.request.confidential);
    }

    #[test]
    fn photos_are_bounded() {
        let mut story = Story::filed();
        story.apply(|case| add_photos(case, PHOTOS_MAX));
        assert_eq!(story.attempt(|case| add_photos(case, 1)), Err("rule.too_many_photos"));
    }
}
