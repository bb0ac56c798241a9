//! More time: an extension asked of another person, and pauses the resident was told about.

use kernel::{Day, Fault, Instant};

use super::clocks;
use super::decide::{Case, Change, Draft, ensure, ensure_of};
use super::workflow::{self, Act, Cap};
use crate::model::{Clock, Extension, Note, Pause, PauseReason, Promise, Stage};

/// Extensions one request may be granted (R10).
const EXTENSIONS_MAX: i64 = 1;

/// Asks for more time until the end of a day: before the promise ran out, once, with the
/// petitioner told (R10).
///
/// # Errors
/// `rule.extension_…`, `rule.petitioner_not_told`, `rule.not_in_stage`
pub fn ask_extension(
    case: &Case<'_>,
    until_on: Day,
    reason: &Note,
    told: bool,
) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::AskExtension, Some(reason))?;
    let asked_by = case.by.account.ok_or_else(|| Fault::new("rule.extension_needs_a_person"))?;
    ensure_of("told", told, "rule.petitioner_not_told")?;
    ensure(draft.request.extensions < EXTENSIONS_MAX, "rule.extension_only_once")?;
    ensure(draft.request.extension.is_none(), "rule.extension_already_asked")?;
    let until_at = until_on.next().start();
    let promise = extendable(&draft)?;
    ensure_of("until_on", until_at > promise.due_at, "rule.extension_not_later")?;
    let within = case.policy.within(Clock::Answer, case.request.clock_class);
    let latest = case.policy.calendar.due(promise.due_at, within);
    if until_at > latest {
        let fault = Fault::new("rule.extension_too_long").with("latest", last_day(latest));
        return Err(fault.at("until_on"));
    }
    draft.request.extension = Some(Extension { asked_by, until_at });
    draft.stay()?;
    Ok(draft.finish())
}

/// The promise that may still be extended.
fn extendable<'d>(draft: &'d Draft<'_>) -> Result<&'d Promise, Fault> {
    let promise =
        draft.owed(Clock::Answer).ok_or_else(|| Fault::new("rule.extension_nothing_promised"))?;
    ensure(draft.now < promise.due_at, "rule.extension_after_expiry")?;
    Ok(promise)
}

/// The last whole day before an instant.
fn last_day(end: Instant) -> Day {
    let day = end.day();
    if day.next().start() <= end { day } else { day.plus_days(-1) }
}

/// Grants or refuses more time; somebody else than who asked, and not after expiry (R10).
///
/// # Errors
/// `rule.extension_…`, `rule.not_in_stage`
pub fn decide_extension(
    case: &Case<'_>,
    grant: bool,
    reason: Option<&Note>,
) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::DecideExtension, reason)?;
    let asked =
        draft.request.extension.take().ok_or_else(|| Fault::new("rule.extension_not_asked"))?;
    let decider = case.by.account.ok_or_else(|| Fault::new("rule.extension_needs_a_person"))?;
    ensure(decider != asked.asked_by, "rule.r10_asker_may_not_decide")?;
    ensure_of("reason", grant || reason.is_some(), "rule.refusal_needs_reason")?;
    if grant {
        ensure(asked.until_at > extendable(&draft)?.due_at, "rule.extension_not_later")?;
        draft.request.extensions += 1;
        draft.change(Clock::Answer, |promise| promise.due_at = asked.until_at);
    }
    Ok(draft.finish())
}

/// Stops the answer's clock until the morning of a day, for a reason the resident was told and no
/// longer than its cap; earlier pauses count against it.
///
/// # Errors
/// `rule.pause_…`, `rule.petitioner_not_told`, `rule.not_in_stage`
pub fn pause(
    case: &Case<'_>,
    reason: PauseReason,
    until_on: Option<Day>,
    told: bool,
) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Pause, None)?;
    ensure_of("told", told, "rule.petitioner_not_told")?;
    let latest = latest_end(&draft, reason)?;
    ensure_of("reason", latest > case.now, "rule.pause_used_up")?;
    let until_at = until_on.map_or(latest, Day::start);
    ensure_of("until_on", until_at > case.now, "rule.pause_not_ahead")?;
    if until_at > latest {
        let fault = Fault::new("rule.pause_too_long").with("latest", latest.day());
        return Err(fault.at("until_on"));
    }
    draft.request.pause = Some(Pause { reason, until_at: Some(until_at) });
    draft.request.lead = draft.request.lead.or(case.by.account);
    draft.pause_clocks();
    draft.go(Stage::Waiting)?;
    Ok(draft.finish())
}

/// When a pause that begins now must end.
fn latest_end(draft: &Draft<'_>, reason: PauseReason) -> Result<Instant, Fault> {
    let cap = workflow::workflow().cap(Stage::Waiting, reason);
    let term = match cap {
        Some(Cap::Term) => draft.policy.pause_cap(reason),
        Some(Cap::LastPart) | None => None,
    };
    let term = term.ok_or_else(|| Fault::new("rule.pause_by_splitting").at("reason"))?;
    let used = draft.owed(Clock::Answer).map(clocks::paused).unwrap_or_default();
    Ok(draft.policy.calendar.due(draft.now, term).minus(used))
}

/// Ends a pause. The program does so when it is over, a person whenever they can go on; a late
/// job does not lengthen it.
///
/// # Errors
/// `rule.not_in_stage`, `rule.pause_not_over`, `rule.parts_open`
pub fn resume(case: &Case<'_>) -> Result<Change, Fault> {
    let mut draft = case.begin(Act::Resume, None)?;
    let until_at = draft.request.pause.as_ref().and_then(|pause| pause.until_at);
    let until_at = until_at.ok_or_else(|| Fault::new("rule.parts_open"))?;
    let by_program = case.by.account.is_none() && !case.by.is_petitioner;
    ensure(!by_program || case.now >= until_at, "rule.pause_not_over")?;
    draft.end_pause();
    draft.go(Stage::InProgress)?;
    Ok(draft.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PromiseState;
    use crate::rules::decide::By;
    use crate::rules::fixtures::{CLERK, HEAD, Story, at, day, note};
    use crate::rules::handling;

    fn ask(story: &mut Story, until_on: &str) -> Result<(), &'static str> {
        story.by(HEAD);
        story.attempt(|case| ask_extension(case, day(until_on), &note("等配件"), true))
    }

    /// The answer is due on Wednesday 11 March at 09:00; at most seven working days more.
    #[test]
    fn r10_an_extension_has_a_later_and_bounded_date() {
        for (until_on, expected) in [
            ("2026-03-10", Err("rule.extension_not_later")),
            ("2026-03-11", Ok(())),
            ("2026-03-19", Ok(())),
            ("2026-03-20", Err("rule.extension_too_long")),
        ] {
            assert_eq!(ask(&mut Story::in_progress(), until_on), expected, "{until_on}");
        }
    }

    /// Dispatched on a Saturday, due when Tuesday 17 March is over: until the end of the 26th is
    /// exactly as long again.
    #[test]
    fn r10_the_longest_extension_is_the_same_term_again() {
        for (until_on, expected) in
            [("2026-03-26", Ok(())), ("2026-03-27", Err("rule.extension_too_long"))]
        {
            let mut story = Story::filed();
            story.at("2026-03-07T10:00").by(HEAD).apply(|case| handling::assign(case, HEAD));
            assert_eq!(story.promise(Clock::Answer).due_at, at("2026-03-18T00:00"));
            assert_eq!(ask(&mut story, until_on), expected, "{until_on}");
        }
    }

    #[test]
    fn r10_the_petitioner_must_have_been_told() {
        let mut story = Story::in_progress();
        let untold =
            story.attempt(|case| ask_extension(case, day("2026-03-12"), &note("等"), false));
        assert_eq!(untold, Err("rule.petitioner_not_told"));
    }

    #[test]
    fn r10_never_after_expiry() {
        let mut story = Story::in_progress();
        story.at("2026-03-11T09:00");
        assert_eq!(ask(&mut story, "2026-03-12"), Err("rule.extension_after_expiry"));
        // Asked in time but decided too late: the promise was broken and stays so.
        let mut story = Story::in_progress();
        ask(&mut story, "2026-03-12").unwrap();
        story.at("2026-03-11T09:00").by(CLERK);
        let late = story.attempt(|case| decide_extension(case, true, None));
        assert_eq!(late, Err("rule.extension_after_expiry"));
        story.apply(|case| decide_extension(case, false, Some(&note("已逾期"))));
        assert_eq!(story.request.extension, None);
    }

    #[test]
    fn r10_another_person_decides_and_only_once() {
        let mut story = Story::in_progress();
        ask(&mut story, "2026-03-12").unwrap();
        assert_eq!(ask(&mut story, "2026-03-13"), Err("rule.extension_already_asked"));
        let own = story.attempt(|case| decide_extension(case, true, None));
        assert_eq!(own, Err("rule.r10_asker_may_not_decide"));
        story.by(CLERK).apply(|case| decide_extension(case, true, None));
        assert_eq!(story.promise(Clock::Answer).due_at, at("2026-03-13T00:00"));
        assert_eq!(story.request.extensions, 1);
        assert_eq!(ask(&mut story, "2026-03-16"), Err("rule.extension_only_once"));
    }

    #[test]
    fn a_refused_extension_needs_a_reason_and_may_be_asked_again() {
        let mut story = Story::in_progress();
        ask(&mut story, "2026-03-12").unwrap();
        let bare = story.by(CLERK).attempt(|case| decide_extension(case, false, None));
        assert_eq!(bare, Err("rule.refusal_needs_reason"));
        story.apply(|case| decide_extension(case, false, Some(&note("先去现场看"))));
        assert_eq!(story.promise(Clock::Answer).due_at, at("2026-03-11T09:00"));
        assert_eq!(
            story.attempt(|case| decide_extension(case, true, None)),
            Err("rule.extension_not_asked")
        );
        assert_eq!(ask(&mut story, "2026-03-12"), Ok(()));
    }

    #[test]
    fn a_pause_needs_a_reason_the_resident_was_told_and_a_cap() {
        use PauseReason::{Children, Material, Weather};
        for (reason, until_on, told, expected) in [
            (Material, Some("2026-03-20"), false, Err("rule.petitioner_not_told")),
            (Children, None, true, Err("rule.pause_by_splitting")),
            (Material, Some("2026-03-02"), true, Err("rule.pause_not_ahead")),
            (Weather, Some("2026-03-09"), true, Ok(())),
            (Weather, Some("2026-03-10"), true, Err("rule.pause_too_long")),
            (Material, Some("2026-03-10"), true, Ok(())),
            (Weather, None, true, Ok(())),
        ] {
            let mut story = Story::in_progress();
            let result = story.attempt(|case| pause(case, reason, until_on.map(day), told));
            assert_eq!(result, expected, "{reason:?} {until_on:?}");
        }
    }

    #[test]
    fn what_was_left_runs_on_after_the_pause_in_working_time() {
        let mut story = Story::in_progress();
        // Thursday noon: 3.125 of 7 working days are gone.
        story.at("2026-03-05T12:00");
        story.apply(|case| pause(case, PauseReason::Material, Some(day("2026-03-14")), true));
        assert_eq!(story.promise(Clock::Answer).state, PromiseState::Paused);
        assert_eq!(story.promise(Clock::Contact).state, PromiseState::Missed);
        assert_eq!(story.request.next_due_at, None);
        // Until Saturday, when nothing works anyhow: 3.875 working days from Monday on.
        story.at("2026-03-14T08:00").by_whom(By::SYSTEM).apply(resume);
        let promise = story.promise(Clock::Answer);
        assert_eq!(promise.due_at, at("2026-03-19T21:00"));
        assert_eq!(promise.paused_micros, 8 * 86_400_000_000 + 12 * 3_600_000_000);
        assert_eq!(story.request.next_due_at, Some(at("2026-03-19T21:00")));
    }

    #[test]
    fn a_late_job_does_not_lengthen_a_pause() {
        let mut story = Story::in_progress();
        story.apply(|case| pause(case, PauseReason::Weather, Some(day("2026-03-04")), true));
        let early = story.at("2026-03-03T23:59").by_whom(By::SYSTEM).attempt(resume);
        assert_eq!(early, Err("rule.pause_not_over"));
        story.at("2026-03-06T09:00").apply(resume);
        assert_eq!(story.promise(Clock::Answer).paused_micros, 38 * 3_600_000_000);
    }

    #[test]
    fn a_person_may_go_on_before_the_pause_is_over() {
        let mut story = Story::in_progress();
        story.apply(|case| pause(case, PauseReason::Weather, None, true));
        story.at("2026-03-03T10:00").apply(resume);
        assert_eq!(story.promise(Clock::Answer).due_at, at("2026-03-12T09:00"));
    }

    #[test]
    fn earlier_pauses_count_against_the_cap() {
        let mut story = Story::in_progress();
        story.apply(|case| pause(case, PauseReason::Weather, None, true));
        story.at("2026-03-09T10:00").apply(resume);
        let again = story.attempt(|case| pause(case, PauseReason::Weather, None, true));
        assert_eq!(again, Err("rule.pause_used_up"));
        assert_eq!(story.attempt(|case| pause(case, PauseReason::Department, None, true)), Ok(()));
    }

    #[test]
    fn what_is_late_cannot_be_paused_into_time() {
        let mut story = Story::in_progress();
        story.at("2026-03-11T09:00");
        story.apply(|case| pause(case, PauseReason::Material, None, true));
        assert_eq!(story.promise(Clock::Answer).state, PromiseState::Running);
        assert_eq!(story.request.next_due_at, Some(at("2026-03-11T09:00")));
    }
}
