//! What may happen to consents, copies and erasures. Pure: state, actor and time come in, a refusal
//! or nothing goes out.

use std::time::Duration;

use gate::Refusal;
use kernel::{AccountId, Day, Fault, Instant};

use crate::model::{By, Channel, Erasure};
use crate::purposes::Purpose;

/// Under this age a guardian speaks (PIPL art. 31).
const OF_AGE: i16 = 14;

/// How long whoever handed a copy over may see it again: long enough to print it.
const COPY_SHOWN: Duration = Duration::from_secs(24 * 3_600);

/// What is said when somebody agrees.
pub struct Given<'a> {
    pub purpose: &'a Purpose,
    pub channel: Channel,
    pub by: By,
    pub has_evidence: bool,
    pub born_on: Option<Day>,
    pub today: Day,
}

/// Whether this is a consent (S1, S2; T23).
///
/// # Errors
/// `privacy.not_asked`, `privacy.guardian_needed`, `privacy.evidence_needed`, `privacy.kin_not_here`,
/// `privacy.not_by_code`.
pub fn consent(given: &Given<'_>) -> Result<(), Refusal> {
    let wrong = |field: &str, key| Err(Refusal::field(field, Fault::new(key)));
    if !given.purpose.is_asked() {
        return wrong("purpose", "privacy.not_asked");
    }
    if given.channel == Channel::Code {
        return wrong("channel", "privacy.not_by_code");
    }
    if given.by == By::Kin {
        return wrong("by", "privacy.kin_not_here");
    }
    if is_child(given.born_on, given.today) && given.by != By::Guardian {
        return wrong("by", "privacy.guardian_needed");
    }
    if given.purpose.sensitive && !given.has_evidence {
        return wrong("evidence", "privacy.evidence_needed");
    }
    Ok(())
}

/// Whether somebody is under fourteen; whoever was never asked their age is taken for grown up.
pub fn is_child(born_on: Option<Day>, today: Day) -> bool {
    let parts = |day: Day, years: i16| (day.year() + years, day.month(), day.day_of_month());
    born_on.is_some_and(|born| parts(born, OF_AGE) > parts(today, 0))
}

/// Whether a copy may still be seen by whoever gave it.
pub fn is_shown(given_at: Instant, now: Instant) -> bool {
    now < given_at.plus(COPY_SHOWN)
}

/// Whether a wish to be forgotten may be decided so (T20: a second person).
///
/// # Errors
/// `privacy.decided`, `privacy.second_person`, `privacy.reason_needed`.
pub fn decide(
    erasure: &Erasure,
    by: AccountId,
    (grants, has_reason): (bool, bool),
) -> Result<(), Refusal> {
    if erasure.decided.is_some() {
        return Err(Refusal::rule("privacy.decided"));
    }
    if erasure.entered_by == by {
        return Err(Refusal::rule("privacy.second_person"));
    }
    if !grants && !has_reason {
        return Err(Refusal::field("reason", Fault::new("privacy.reason_needed")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use registry::PersonId;
    use uuid::Uuid;

    use super::*;
    use crate::model::{Decided, ErasureId, Ground};
    use crate::purposes::register;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn given(purpose: &str) -> Given<'static> {
        Given {
            purpose: register().find(purpose).unwrap(),
            channel: Channel::Voice,
            by: By::Oneself,
            has_evidence: false,
            born_on: None,
            today: day("2026-11-27"),
        }
    }

    fn fault(verdict: Result<(), Refusal>) -> &'static str {
        match verdict {
            Ok(()) => "",
            Err(Refusal::Invalid(faults)) => faults[0].fault.key,
            Err(Refusal::Rule(fault)) => fault.key,
            Err(_) => "another refusal",
        }
    }

    #[test]
    fn s1_consent_is_for_what_is_asked_and_said_by_who_may() {
        assert_eq!(fault(consent(&given("photos"))), "");
        assert_eq!(fault(consent(&given("register"))), "privacy.not_asked");
        let by_code = Given { channel: Channel::Code, ..given("photos") };
        assert_eq!(fault(consent(&by_code)), "privacy.not_by_code");
        let kin = Given { by: By::Kin, ..given("photos") };
        assert_eq!(fault(consent(&kin)), "privacy.kin_not_here");
    }

    #[test]
    fn s2_a_sensitive_purpose_wants_what_proves_it() {
        assert_eq!(fault(consent(&given("health"))), "privacy.evidence_needed");
        let proved = Given { has_evidence: true, ..given("health") };
        assert_eq!(fault(consent(&proved)), "");
    }

    #[test]
    fn a_guardian_speaks_until_the_fourteenth_birthday() {
        for (born, child) in [
            ("2012-11-28", true),
            ("2012-11-27", false),
            ("2020-02-29", true),
            ("1950-01-01", false),
        ] {
            assert_eq!(is_child(Some(day(born)), day("2026-11-27")), child, "{born}");
        }
        let child = Given { born_on: Some(day("2015-05-05")), ..given("photos") };
        assert_eq!(fault(consent(&child)), "privacy.guardian_needed");
        let spoken_for = Given { by: By::Guardian, ..child };
        assert_eq!(fault(consent(&spoken_for)), "");
    }

    #[test]
    fn who_entered_a_wish_does_not_decide_it_and_it_is_decided_once() {
        let account = |number| AccountId::from_uuid(Uuid::from_u128(number));
        let erasure = Erasure {
            id: ErasureId::from_uuid(Uuid::from_u128(1)),
            person: PersonId::from_uuid(Uuid::from_u128(2)),
            by: By::Oneself,
            ground: Ground::Done,
            asked_at: Instant::MIN,
            entered_by: account(7),
            decided: None,
        };
        assert_eq!(fault(decide(&erasure, account(8), (true, false))), "");
        assert_eq!(fault(decide(&erasure, account(7), (true, true))), "privacy.second_person");
        assert_eq!(fault(decide(&erasure, account(8), (false, false))), "privacy.reason_needed");
        assert_eq!(fault(decide(&erasure, account(8), (false, true))), "");
        let decided =
            Decided { at: Instant::MIN, by: account(8), granted: true, reason: None, contacts: 0 };
        let over = Erasure { decided: Some(decided), ..erasure };
        assert_eq!(fault(decide(&over, account(9), (true, true))), "privacy.decided");
    }

    #[test]
    fn a_copy_is_seen_again_for_a_day() {
        let given_at = Instant::parse("2026-11-27T09:00:00+08:00").unwrap();
        let at = |text| Instant::parse(text).unwrap();
        assert!(is_shown(given_at, at("2026-11-28T08:59:59+08:00")));
        assert!(!is_shown(given_at, at("2026-11-28T09:00:00+08:00")));
    }
}
