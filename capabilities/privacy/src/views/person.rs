//! A resident's own page: who looked at their data, when and for what; what they agreed to; what can
//! be done about it. Read to them at the desk, or by themselves with a code of their own.

use std::collections::BTreeMap;

use askama::Template;
use gate::{Looking, Origin, Refusal, Seen, View};
use kernel::{Instant, Line};
use registry::PersonId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::{Page, Shell};

use super::Colleague;
use crate::actions::{RESOURCE, facts};
use crate::model::{Consent, ConsentId, ErasureId};
use crate::purposes::{Purpose, register};
use crate::rules;
use crate::store::{consents, copies, erasures};

/// Looks on one page: what is read out in five minutes.
const PAGE: i64 = 50;

/// Asks for the page of a resident.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PrivacyRead {
    pub person: PersonId,
    /// Looks before this moment, as the page's `next` says it.
    #[serde(default)]
    pub before: Option<Instant>,
    /// Whether somebody of the family listens: looks in the resident's own matters are then left out.
    #[serde(default)]
    pub family: bool,
    /// The code as it was typed, for the links of the resident's own page.
    #[serde(default)]
    pub code: Option<Line<64>>,
}

/// The page.
#[derive(Serialize, JsonSchema)]
pub struct PrivacyShown {
    pub person: PersonId,
    /// How they are called; empty once they were erased.
    pub called: String,
    pub erased: bool,
    pub family: bool,
    /// Set where the resident reads by themselves.
    pub code: Option<String>,
    /// Who looked, the newest first.
    pub looks: Vec<LookShown>,
    /// Looks on this page that are left out: they are about a matter that whoever reads here must not
    /// learn of. On the slip of that matter they stand in full.
    pub withheld: usize,
    /// Where the next page begins.
    pub next: Option<Instant>,
    pub consents: Vec<ConsentShown>,
    /// What they could agree to and do not now.
    pub asked: Vec<PurposeShown>,
    /// Whether a guardian must speak for them.
    pub is_child: bool,
    pub copies: Vec<CopyShown>,
    pub erasure: Option<ErasureShown>,
    /// What the reader may do here.
    pub may: Vec<&'static str>,
}

/// One look.
#[derive(Serialize, JsonSchema)]
pub struct LookShown {
    /// Nobody where the program itself looked, or they themselves.
    pub who: Option<Colleague>,
    /// Whether it was the resident, by their own code.
    pub oneself: bool,
    /// For `looked.` in the catalogue.
    pub purpose: String,
    pub at: Instant,
}

/// A consent.
#[derive(Serialize, JsonSchema)]
pub struct ConsentShown {
    pub consent: ConsentId,
    pub purpose: PurposeShown,
    pub edition: String,
    pub channel: &'static str,
    pub by: &'static str,
    pub evidence: Option<String>,
    pub given_at: Instant,
    pub witness: Option<Colleague>,
    pub withdrawn_at: Option<Instant>,
}

/// A purpose in the two languages of the register.
#[derive(Clone, Serialize, JsonSchema)]
pub struct PurposeShown {
    pub code: String,
    pub zh: String,
    pub en: String,
    pub zh_text: String,
    pub en_text: String,
    pub sensitive: bool,
}

impl PurposeShown {
    fn of(purpose: &Purpose) -> PurposeShown {
        PurposeShown {
            code: purpose.code.clone(),
            zh: purpose.zh.clone(),
            en: purpose.en.clone(),
            zh_text: purpose.zh_text.clone(),
            en_text: purpose.en_text.clone(),
            sensitive: purpose.sensitive,
        }
    }

    /// One whose code the register no longer has: what is left is the code.
    fn gone(code: &str) -> PurposeShown {
        let code = code.to_owned();
        PurposeShown {
            zh: code.clone(),
            en: code.clone(),
            zh_text: String::new(),
            en_text: String::new(),
            sensitive: false,
            code,
        }
    }
}

/// A copy that was handed over.
#[derive(Serialize, JsonSchema)]
pub struct CopyShown {
    pub by: &'static str,
    pub giver: Option<Colleague>,
    pub given_at: Instant,
}

/// A wish to be forgotten that waits, or what became of the last one.
#[derive(Serialize, JsonSchema)]
pub struct ErasureShown {
    pub erasure: ErasureId,
    pub asked_at: Instant,
    pub decided_at: Option<Instant>,
    pub granted: bool,
    pub reason: Option<String>,
}

impl View for PrivacyRead {
    const NAME: &'static str = "privacy.read";
    const RESOURCE: &'static str = RESOURCE;
    type Body = PrivacyShown;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<PrivacyShown, Refusal> {
        let (community, now) = (look.actor.community, look.now);
        let facts = facts(look.actor, self.person);
        look.permit(Self::NAME, &facts)?;
        let found = registry::person(look.tx, community, self.person)?;
        let person = found.ok_or(Refusal::NotFound)?;
        let is_own = matches!(look.actor.origin, Origin::Code(_));
        let family = self.family || is_own;
        let before = self.before.unwrap_or(now.plus(std::time::Duration::from_micros(1)));
        let subject = self.person.uuid();
        let lines = gate::lines_before(look.tx, community, subject, (before, PAGE))?;
        let next = lines.last().map(|line| line.at).filter(|_| lines.len() as i64 == PAGE);
        let total = lines.len();
        let mut shown = Vec::with_capacity(total);
        for line in lines {
            if is_told(look, &line, family)? {
                shown.push(line);
            }
        }
        let consents = consents::of(look.tx, community, self.person)?;
        let copies = copies::of(look.tx, community, self.person)?;
        let erasure = erasures::of(look.tx, community, self.person)?.into_iter().next();
        let watchers = shown.iter().filter_map(|line| line.actor);
        let witnesses = consents.iter().map(|consent| consent.witness.uuid());
        let givers = copies.iter().map(|copy| copy.giver.uuid());
        let all: Vec<Uuid> = watchers.chain(witnesses).chain(givers).collect();
        let names = names(look, &all)?;
        let called = |id: Uuid| names.get(&id).map(Colleague::of);
        look.saw(subject, Self::NAME, subject);
        let may = may(look, &facts, (person.is_erased(), is_own));
        Ok(PrivacyShown {
            person: self.person,
            called: called_so(&person),
            erased: person.is_erased(),
            family,
            code: self.code.as_ref().map(|code| code.as_str().to_owned()),
            withheld: total - shown.len(),
            looks: shown.into_iter().map(|line| look_shown(line, &called)).collect(),
            next,
            asked: asked(&consents),
            is_child: rules::is_child(person.born_on, now.day()),
            consents: consents.into_iter().map(|one| consent_shown(one, &called)).collect(),
            copies: copies
                .into_iter()
                .map(|copy| CopyShown {
                    by: copy.by.word(),
                    giver: called(copy.giver.uuid()),
                    given_at: copy.given_at,
                })
                .collect(),
            erasure: erasure.map(|one| ErasureShown {
                erasure: one.id,
                asked_at: one.asked_at,
                decided_at: one.decided.as_ref().map(|decided| decided.at),
                granted: one.decided.as_ref().is_some_and(|decided| decided.granted),
                reason: one.decided.and_then(|decided| decided.reason),
            }),
            may,
        })
    }
}

/// How neighbours call somebody, else their name.
pub(super) fn called_so(person: &registry::Person) -> String {
    let called = &person.form_of_address;
    if called.is_empty() { person.name.clone() } else { called.clone() }
}

/// Whether a look may be told here: one in a matter is told to who may read that matter, and never
/// where the family listens (T21).
fn is_told(look: &mut Looking<'_, '_>, line: &Seen, family: bool) -> Result<bool, Refusal> {
    if !line.purpose.starts_with("request.") {
        return Ok(true);
    }
    if family {
        return Ok(false);
    }
    requests::personal::may_read(look, line.object)
}

fn names(
    look: &mut Looking<'_, '_>,
    accounts: &[Uuid],
) -> Result<BTreeMap<Uuid, access::Called>, Refusal> {
    if accounts.is_empty() {
        return Ok(BTreeMap::new());
    }
    access::names(look.tx, look.actor.community, accounts, look.now)
}

fn look_shown(line: Seen, called: &impl Fn(Uuid) -> Option<Colleague>) -> LookShown {
    let purpose = looked_word(&line.purpose);
    let oneself = line.actor == Some(line.subject);
    LookShown { who: line.actor.and_then(called), oneself, purpose, at: line.at }
}

/// What a view was looked at for, for `looked.` in the catalogue.
pub(super) fn looked_word(purpose: &str) -> String {
    match purpose.split_once('.') {
        Some(("request", _)) => "request".to_owned(),
        _ => purpose.replace('.', "_"),
    }
}

fn consent_shown(one: Consent, called: &impl Fn(Uuid) -> Option<Colleague>) -> ConsentShown {
    let known = register().find(&one.purpose).map(PurposeShown::of);
    ConsentShown {
        consent: one.id,
        purpose: known.unwrap_or_else(|| PurposeShown::gone(&one.purpose)),
        edition: one.edition,
        channel: one.channel.word(),
        by: one.by.word(),
        evidence: one.evidence,
        given_at: one.given_at,
        witness: called(one.witness.uuid()),
        withdrawn_at: one.withdrawn_at,
    }
}

/// What they could agree to and do not now.
fn asked(consents: &[Consent]) -> Vec<PurposeShown> {
    let agreed = |purpose: &Purpose| {
        consents.iter().any(|one| one.purpose == purpose.code && one.withdrawn_at.is_none())
    };
    let open = register().all.iter().filter(|one| one.is_asked() && !agreed(one));
    open.map(PurposeShown::of).collect()
}

fn may(
    look: &mut Looking<'_, '_>,
    facts: &gate::Facts,
    (erased, is_own): (bool, bool),
) -> Vec<&'static str> {
    let all = [
        ("consent.give", !is_own),
        ("consent.withdraw", true),
        ("privacy.issue_code", !is_own),
        ("privacy.end_codes", !is_own),
        ("copy.give", !is_own),
        ("erasure.ask", !is_own),
    ];
    let sensible = all.into_iter().filter(|(_, sensible)| *sensible && !erased);
    sensible.map(|(action, _)| action).filter(|action| look.allows(action, facts)).collect()
}

impl PrivacyShown {
    fn may(&self, action: &str) -> bool {
        self.may.contains(&action)
    }

    /// Where forms of this page go: to the resident's page, or by their own code.
    fn base(&self) -> String {
        match &self.code {
            Some(code) => format!("/p/{code}"),
            None => format!("/people/{}/privacy", self.person),
        }
    }
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage<'a> {
    body: &'a PrivacyShown,
    shell: &'a Shell<'a>,
}

impl Page for PrivacyRead {
    fn render(body: &PrivacyShown, shell: &Shell<'_>) -> Result<String, askama::Error> {
        PersonPage { body, shell }.render()
    }
}
