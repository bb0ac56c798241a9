//! One request's life: each step as the action its person would have done.

use std::str::FromStr;

use access::codes;
use anyhow::{Context, Result, anyhow, bail};
use gate::{Action, Credential, Receipt};
use kernel::{AccountId, Day, Fault, Instant};
use requests::actions::Done;
use requests::actions::answer::Answer;
use requests::actions::children::{Part, Split};
use requests::actions::filing::{File, Filed};
use requests::actions::handover::{Accept, Assign, Return};
use requests::actions::merge::Merge;
use requests::actions::reopening::{AskReopening, DecideReopening};
use requests::actions::triage::Triage;
use requests::actions::verification::{Close, Verify};
use requests::actions::waiting::{AskExtension, Contact, DecideExtension, Pause, Resume};
use requests::actions::words::{Note, Withdraw};
use requests::model::{ClockClass, Mode, PauseReason, RequestId, Stage};
use requests::topics;
use uuid::Uuid;

use super::roles::Roles;
use super::{World, office};
use crate::cast::credential;
use crate::story::{Course, Step, Story};

/// Working days asked for beyond what was promised.
const EXTENSION: u32 = 4;

/// One telling of a story, as far as it has come.
pub struct Life<'s> {
    pub story: &'s Story,
    roles: Roles,
    filed: Option<Filed>,
    stage: Stage,
    triaged_at: Instant,
    /// When it will be closed, for who is asked then how it went.
    closes_on: Option<Day>,
    answers: usize,
    verdicts: usize,
    returned: bool,
}

impl<'s> Life<'s> {
    pub fn new(story: &'s Story, roles: Roles, course: &Course) -> Life<'s> {
        let closing = course.steps.iter().find(|(_, step)| *step == Step::FollowUp);
        Life {
            story,
            roles,
            filed: None,
            stage: Stage::Received,
            triaged_at: course.filed_at,
            closes_on: closing.map(|(at, _)| at.day()),
            answers: 0,
            verdicts: 0,
            returned: false,
        }
    }

    pub fn text(&self) -> &str {
        &self.story.text
    }

    pub fn is_shown(&self) -> bool {
        self.story.resident_link
    }

    pub fn query_code(&self) -> Option<String> {
        self.filed.as_ref().map(|filed| filed.query_code.clone())
    }

    pub fn number(&self) -> Option<String> {
        self.filed.as_ref().map(|filed| filed.number.clone())
    }

    /// Does one step; `None` is the filing. `main` is the number of the same matter.
    pub fn step(&mut self, world: &World, step: Option<Step>, main: Option<&str>) -> Result<()> {
        let Some(step) = step else { return self.file(world) };
        match step {
            Step::Triage => self.triage(world),
            Step::Assign => self.assign(world),
            Step::Accept => self.accept(world),
            Step::Return => self.give_back(world),
            Step::Contact => {
                let (request, note) = (self.id()?, None);
                let contact = Contact { request, reached: true, note, version: None };
                self.act(world, self.handler(), contact)
            }
            Step::AskExtension | Step::GrantExtension => self.extend(world, step),
            Step::Pause | Step::Resume => self.wait(world, step),
            Step::Note => {
                let text = said(&self.story.note)?;
                let note = Note { request: self.id()?, text, behalf: None, version: None };
                self.by_code(world, note)
            }
            Step::Split => self.split(world),
            Step::Merge => {
                let into = said(main.context("the same matter as what?")?)?;
                let merge = Merge { request: self.id()?, into, reason: None, version: None };
                self.act(world, self.roles.closer, merge)
            }
            Step::Answer | Step::PromptAnswer | Step::LateAnswer | Step::OverdueAnswer => {
                self.answer(world)
            }
            Step::Miss | Step::Verify | Step::Object | Step::Confirm | Step::Reject => {
                self.verify(world, step)
            }
            Step::Close | Step::Lapse | Step::FollowUp => {
                let close = Close { request: self.id()?, reason: None, version: None };
                self.act(world, self.roles.closer, close)
            }
            Step::AskReopening => {
                let reason = said(&self.story.reason)?;
                let ask =
                    AskReopening { request: self.id()?, reason, told_by: None, version: None };
                self.by_code(world, ask)
            }
            Step::Reopen | Step::Refuse => self.decide(world, step == Step::Reopen),
            Step::Withdraw => {
                let reason = said(&self.story.reason)?;
                self.by_code(
                    world,
                    Withdraw { request: self.id()?, reason, told_by: None, version: None },
                )
            }
        }
    }

    fn file(&mut self, world: &World) -> Result<()> {
        let file = File {
            text: said(&self.story.text)?,
            spot: Some(self.roles.spot),
            household: None,
            place: None,
            place_text: None,
            nature: None,
            topic: None,
            channel: Some(self.story.channel),
            petitioner: None,
            petitioner_name: Some(said(&self.roles.petitioner)?),
            petitioner_phone: Some(said(&self.roles.phone)?),
            behalf: self.story.behalf.as_deref().map(said).transpose()?,
            confidential: self.story.confidential,
            emergency: None,
            called: None,
            same_as: None,
            accused: self.roles.accused,
        };
        let filed = world.perform(&world.account(self.roles.recorder), file)?;
        if filed.emergency.is_some() != self.story.emergency {
            bail!("an emergency was {:?}", filed.emergency);
        }
        self.stage = filed.stage;
        self.filed = Some(filed);
        Ok(())
    }

    fn triage(&mut self, world: &World) -> Result<()> {
        let (story, today) = (self.story, world.gate.now().day());
        self.triaged_at = world.gate.now();
        let duty: requests::model::Note = said(&story.duty)?;
        let on_own = story.mode == Mode::OnOwn;
        let follow_up_on = self.closes_on.unwrap_or_else(|| today.plus_days(7));
        let triage = Triage {
            request: self.id()?,
            mode: story.mode,
            nature: None,
            topic: Some(story.topic.clone()),
            guidance: on_own.then(|| duty.clone()),
            follow_up_on: on_own.then(|| follow_up_on.max(today.next())),
            task: (story.mode == Mode::Common).then(|| duty.clone()),
            helper: (story.mode == Mode::Assisted).then(|| duty.clone()),
            assign_to: (!on_own).then_some(self.roles.handler),
            reason: None,
            version: None,
        };
        self.act(world, self.roles.sorter, triage)
    }

    fn assign(&mut self, world: &World) -> Result<()> {
        let (request, to) = (self.id()?, self.handler());
        self.act(world, self.roles.sorter, Assign { request, to, note: None, version: None })
    }

    /// Who took it while sorting needs not accept.
    fn accept(&mut self, world: &World) -> Result<()> {
        if self.stage == Stage::InProgress {
            return Ok(());
        }
        let accept = Accept { request: self.id()?, note: None, version: None };
        self.act(world, self.handler(), accept)
    }

    fn give_back(&mut self, world: &World) -> Result<()> {
        let give_back =
            Return { request: self.id()?, reason: said(&self.story.reason)?, version: None };
        self.act(world, self.roles.handler, give_back)?;
        self.returned = true;
        Ok(())
    }

    fn extend(&mut self, world: &World, step: Step) -> Result<()> {
        let request = self.id()?;
        if step == Step::GrantExtension {
            let grant = DecideExtension { request, grant: true, reason: None, version: None };
            return self.act(world, self.roles.secretary, grant);
        }
        let topic = topics::topic(&self.story.topic).context("no such topic")?;
        let promised = if topic.clock_class == ClockClass::U4 { 15 } else { 7 };
        let until_on = office::days_after(self.triaged_at, promised + EXTENSION).day();
        let reason = said(&self.story.reason)?;
        let ask = AskExtension { request, until_on, reason, told: true, version: None };
        self.act(world, self.handler(), ask)
    }

    fn wait(&mut self, world: &World, step: Step) -> Result<()> {
        let request = self.id()?;
        if step == Step::Resume {
            return self.act(world, self.handler(), Resume { request, note: None, version: None });
        }
        let reason = self.story.pause.unwrap_or(PauseReason::Material);
        let (until_on, note) = (None, None);
        let pause = Pause { request, reason, until_on, told: true, note, version: None };
        self.act(world, self.handler(), pause)
    }

    fn split(&mut self, world: &World) -> Result<()> {
        let parts = self.story.parts.iter().map(|text| {
            Ok(Part { text: said(text)?, topic: None, assign_to: Some(self.roles.sorter) })
        });
        let parts = parts.collect::<Result<Vec<Part>>>()?;
        let split = Split { request: self.id()?, parts, version: None };
        let done = world.perform(&world.account(self.handler()), split)?;
        self.stage = done.parent.stage;
        Ok(())
    }

    fn answer(&mut self, world: &World) -> Result<()> {
        let text = if self.answers == 0 { &self.story.answer } else { &self.story.again };
        let (to, contact) = self.story.redirect.as_ref().map(|(to, how)| (to, how)).unzip();
        let answer = Answer {
            request: self.id()?,
            text: said(text)?,
            kind: self.story.kind,
            redirect_to: to.map(|to| said(to)).transpose()?,
            redirect_contact: contact.map(|contact| said(contact)).transpose()?,
            version: None,
        };
        self.answers += 1;
        self.act(world, self.handler(), answer)
    }

    fn verify(&mut self, world: &World, step: Step) -> Result<()> {
        let happy = matches!(step, Step::Verify | Step::Confirm);
        let contacted = step != Step::Miss;
        let words =
            if self.verdicts == 0 { &self.story.verdict } else { &self.story.verdict_again };
        let verify = Verify {
            request: self.id()?,
            contacted: Some(contacted),
            solved: contacted.then_some(happy),
            satisfied: contacted.then_some(happy),
            note: contacted.then(|| said(words)).transpose()?,
            version: None,
        };
        self.verdicts += usize::from(contacted);
        if matches!(step, Step::Confirm | Step::Reject) {
            return self.by_code(world, verify);
        }
        self.act(world, self.roles.checker, verify)
    }

    fn decide(&mut self, world: &World, grant: bool) -> Result<()> {
        let reason = said(self.story.granted.as_ref().unwrap_or(&self.story.reason))?;
        let decide = DecideReopening { request: self.id()?, grant, reason, version: None };
        // Who answered does not refuse on their own account.
        let by = if self.handler() == self.roles.secretary {
            self.roles.closer
        } else {
            self.roles.secretary
        };
        self.act(world, by, decide)
    }

    fn handler(&self) -> AccountId {
        if self.returned { self.roles.second } else { self.roles.handler }
    }

    fn id(&self) -> Result<RequestId> {
        Ok(self.filed.as_ref().context("not filed yet")?.id)
    }

    fn act(
        &mut self,
        world: &World,
        by: AccountId,
        action: impl Action<Done = Done>,
    ) -> Result<()> {
        self.stage = world.perform(&world.account(by), action)?.stage;
        Ok(())
    }

    fn by_code(&mut self, world: &World, action: impl Action<Done = Done>) -> Result<()> {
        let code = self.query_code().context("not filed yet")?;
        let (_, hash) = codes::parse(&code).context("no query code")?;
        let credential = Credential::Code { community: world.community, hash };
        self.stage = world.perform(&credential, action)?.stage;
        Ok(())
    }
}

impl World {
    fn account(&self, account: AccountId) -> Credential {
        credential(self.community, account)
    }

    fn perform<A: Action>(&self, credential: &Credential, action: A) -> Result<A::Done> {
        let receipt = Receipt(Uuid::from_bytes(self.gate.chance().bytes()));
        Ok(self.gate.perform_blocking(credential, receipt, action)?)
    }
}

/// Words of a story as the actions take them.
fn said<T: FromStr<Err = Fault>>(words: &str) -> Result<T> {
    words.parse().map_err(|fault: Fault| anyhow!("{fault}: {words}"))
}
