//! The path of one action, and of one look.
//!
//! `perform`: identify → receipt → facts → policy → rules and rows → event and journal, all in
//! one write transaction; the answer leaves when it is durable. `look`: identify → view → lines
//! of access made durable → answer.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use db::{Db, Tx};
use kernel::{Clock, CommunityId, Instant};
use sha2::{Digest, Sha256};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::event::{self, NewEvent};
use crate::left::{Left, LeftBehind};
use crate::{
    Action, Actor, Chance, Changed, Credential, Facts, Identify, Looking, Policy, Receipt, Refusal,
    View, look, words,
};

db::sql! { module "gate";
    RECEIPT_FIND = "select action, digest, outcome, detail, object_id from events where community_id = $1 \
                    and coalesce(addressed_id, object_id) = $2 and receipt = $3 \
                    and coalesce(actor_id, community_id) = $4 and part = 0";
}

/// Listeners that lag more than this many changes behind are told to look again at everything.
const CHANGES_KEPT: usize = 1024;

/// What a gate is made of.
pub struct Parts {
    pub db: Db,
    pub policy: Policy,
    pub identify: Arc<dyn Identify>,
    pub clock: Arc<dyn Clock>,
    pub chance: Chance,
}

/// What a view showed, and to whom.
pub struct Looked<V: View> {
    pub actor: Actor,
    pub body: V::Body,
}

struct Inner {
    parts: Parts,
    changes: broadcast::Sender<Changed>,
}

/// The one door. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

/// What an action works with while it is applied.
pub struct Acting<'a, 'tx> {
    pub tx: &'a mut Tx<'tx>,
    pub actor: &'a Actor,
    pub now: Instant,
    pub chance: &'a Chance,
    policy: &'a Policy,
    receipt: Receipt,
    followed: i64,
    left: LeftBehind,
}

impl Acting<'_, '_> {
    pub fn community(&self) -> CommunityId {
        self.actor.community
    }

    /// Whether the actor may do this to another thing that the act names: the request merged
    /// into, the household spoken for.
    pub fn allows(&self, action: &'static str, facts: &Facts) -> bool {
        self.policy.allows(self.actor, action, facts)
    }

    /// A new time-ordered id.
    pub fn new_id(&self) -> Uuid {
        self.chance.id(self.now)
    }

    /// States how a thing was left; every event about it from here on carries this. An act that
    /// ends without one is refused.
    pub fn left(&mut self, object: Uuid, left: Left) {
        self.left.put(object, left);
    }

    /// The same words under a subject's key, for a step that carries personal data.
    ///
    /// # Errors
    /// Those of the database, and when the subject has no key.
    pub fn sealed(
        &mut self,
        subject: Uuid,
        object: Uuid,
        detail: &serde_json::Value,
    ) -> Result<serde_json::Value, Refusal> {
        let (community, words) = (self.community(), detail.to_string());
        let sealed = words::seal(self.tx, community, (subject, object), &words)?;
        serde_json::from_str(&sealed)
            .map_err(|error| Refusal::Defect(format!("sealed words are no JSON: {error}")))
    }

    /// Records a further step that followed from this act, on this or another thing: the
    /// transfer of an emergency, the line in the history of the request merged into. Comes after
    /// what it tells of was stored.
    ///
    /// # Errors
    /// Those of the database.
    pub fn also(
        &mut self,
        action: &'static str,
        object: Uuid,
        detail: &serde_json::Value,
    ) -> Result<(), Refusal> {
        self.followed += 1;
        let detail = detail.to_string();
        let event = NewEvent {
            object,
            addressed: None,
            receipt: self.receipt.0,
            part: self.followed,
            action,
            digest: digest(action, &detail),
            detail: &detail,
            outcome: "null",
            left: self.left.carry(object),
        };
        event::add(self.tx, self.chance, self.actor, self.now, &event)
    }
}

impl Gate {
    pub fn new(parts: Parts) -> Gate {
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        Gate(Arc::new(Inner { parts, changes }))
    }

    pub fn db(&self) -> &Db {
        &self.0.parts.db
    }

    pub fn policy(&self) -> &Policy {
        &self.0.parts.policy
    }

    pub fn now(&self) -> Instant {
        self.0.parts.clock.now()
    }

    pub fn chance(&self) -> &Chance {
        &self.0.parts.chance
    }

    /// Tells of every durable change from now on.
    pub fn changes(&self) -> broadcast::Receiver<Changed> {
        self.0.changes.subscribe()
    }

    /// Does it, durably, once per receipt.
    ///
    /// # Errors
    /// Any [`Refusal`]; then nothing was changed.
    pub async fn perform<A: Action>(
        &self,
        credential: Credential,
        receipt: Receipt,
        action: A,
    ) -> Result<A::Done, Refusal> {
        let started = Stopwatch::now();
        let gate = self.clone();
        let community = credential.community();
        let action = Arc::new(action);
        let result =
            self.db().write(move |tx| gate.act_as(tx, &credential, receipt, &*action)).await;
        self.report::<A>(community, started, result)
    }

    /// The same from a thread that may wait: the command line, jobs, the simulation.
    ///
    /// # Errors
    /// Any [`Refusal`]; then nothing was changed.
    pub fn perform_blocking<A: Action>(
        &self,
        credential: &Credential,
        receipt: Receipt,
        action: A,
    ) -> Result<A::Done, Refusal> {
        let started = Stopwatch::now();
        let (gate, credential) = (self.clone(), credential.clone());
        let community = credential.community();
        let action = Arc::new(action);
        let result =
            self.db().write_blocking(move |tx| gate.act_as(tx, &credential, receipt, &*action));
        self.report::<A>(community, started, result)
    }

    /// Looks, and leaves the lines of access before the answer leaves.
    ///
    /// # Errors
    /// Any [`Refusal`].
    pub async fn look<V: View>(
        &self,
        credential: Credential,
        view: V,
    ) -> Result<Looked<V>, Refusal> {
        let started = Stopwatch::now();
        let gate = self.clone();
        let community = credential.community();
        let view = Arc::new(view);
        let result: Result<(Looked<V>, Vec<look::Seen>), Refusal> =
            self.db().read(move |tx| gate.see(tx, &credential, &*view)).await;
        let result = match result {
            Ok((looked, seen)) if seen.is_empty() => Ok(looked),
            Ok((looked, seen)) => {
                let (gate, seen) = (self.clone(), Arc::new(seen));
                self.db()
                    .write(move |tx| look::keep(tx, gate.chance(), community, &seen))
                    .await
                    .map(|()| looked)
            }
            Err(refusal) => Err(refusal),
        };
        measure(V::NAME, "view", started, result.as_ref().err());
        result
    }

    /// Who is it? For pages that show nothing but what the shell needs.
    ///
    /// # Errors
    /// [`Refusal::SignIn`] or those of the database.
    pub async fn identify(&self, credential: Credential) -> Result<Actor, Refusal> {
        let gate = self.clone();
        self.db().read(move |tx| gate.0.parts.identify.identify(tx, &credential, gate.now())).await
    }

    /// Puts off the idle end of the caller's session. An act does so by itself; a look only reads,
    /// and whoever shows it knows whether a person asked for it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn renew(&self, credential: Credential) -> Result<(), Refusal> {
        let gate = self.clone();
        let renew = move |tx: &mut Tx<'_>| gate.0.parts.identify.renew(tx, &credential, gate.now());
        self.db().write(renew).await
    }

    fn act_as<A: Action>(
        &self,
        tx: &mut Tx<'_>,
        credential: &Credential,
        receipt: Receipt,
        action: &A,
    ) -> Result<(A::Done, Uuid), Refusal> {
        let now = self.now();
        let mut actor = self.0.parts.identify.identify(tx, credential, now)?;
        actor.at = now;
        if actor.renews {
            self.0.parts.identify.renew(tx, credential, now)?;
        }
        let detail = serde_json::to_string(action)
            .map_err(|error| Refusal::Defect(format!("{} has no JSON: {error}", A::NAME)))?;
        if let Some(done) = earlier_answer(tx, &actor, receipt, action, &detail)? {
            return Ok((done, Uuid::nil()));
        }
        let facts = action.facts(tx, &actor).map_err(|refusal| unasked(&actor, refusal))?;
        self.authorise(&actor, A::NAME, &facts)?;
        // After the policy: who may not do it is told nothing by being asked.
        if A::FRESH && actor.must_prove() {
            return Err(Refusal::Prove);
        }
        let mut acting = Acting {
            tx,
            actor: &actor,
            now,
            chance: self.chance(),
            policy: self.policy(),
            receipt,
            followed: 0,
            left: LeftBehind::default(),
        };
        let done = action.apply(&mut acting)?;
        let mut left = acting.left;
        let outcome = serde_json::to_string(&done)
            .map_err(|error| Refusal::Defect(format!("{} has no outcome: {error}", A::NAME)))?;
        let object = A::made(&done).unwrap_or(facts.object);
        let detail = match action.personal(&done) {
            Some(subject) => words::seal(tx, actor.community, (subject, object), &detail)?,
            None => detail,
        };
        let addressed = addressed(&actor, action);
        let event = NewEvent {
            object,
            addressed: (addressed != object).then_some(addressed),
            receipt: receipt.0,
            part: 0,
            action: A::NAME,
            digest: digest(A::NAME, &detail),
            detail: &detail,
            outcome: &outcome,
            left: left.carry(object),
        };
        event::add(tx, self.chance(), &actor, now, &event)?;
        left.all_carried()?;
        Ok((done, object))
    }

    /// Permission, or the refusal that tells no more than the actor may know.
    fn authorise(
        &self,
        actor: &Actor,
        action: &'static str,
        facts: &crate::Facts,
    ) -> Result<(), Refusal> {
        if self.policy().allows(actor, action, facts) {
            return Ok(());
        }
        if actor.origin == crate::Origin::Nobody {
            return Err(Refusal::SignIn);
        }
        match facts.seen_by {
            Some(reading) if !self.policy().allows(actor, reading, facts) => Err(Refusal::NotFound),
            _ => Err(Refusal::Forbidden),
        }
    }

    fn see<V: View>(
        &self,
        tx: &mut Tx<'_>,
        credential: &Credential,
        view: &V,
    ) -> Result<(Looked<V>, Vec<look::Seen>), Refusal> {
        let now = self.now();
        let mut actor = self.0.parts.identify.identify(tx, credential, now)?;
        actor.at = now;
        let mut looking = Looking {
            tx,
            actor: &actor,
            now,
            policy: self.policy(),
            asked: false,
            seen: Vec::new(),
            told: BTreeSet::new(),
        };
        let body = match view.load(&mut looking) {
            Err(refusal) if !looking.asked => return Err(unasked(&actor, refusal)),
            loaded => loaded?,
        };
        if !looking.asked {
            return Err(Refusal::Defect(format!("view {} never asked the policy", V::NAME)));
        }
        let seen = look::untold(looking.tx, credential.community(), looking.seen)?;
        Ok((Looked { actor, body }, seen))
    }

    fn report<A: Action>(
        &self,
        community: CommunityId,
        started: Stopwatch,
        result: Result<(A::Done, Uuid), Refusal>,
    ) -> Result<A::Done, Refusal> {
        measure(A::NAME, "action", started, result.as_ref().err());
        let (done, object) = result?;
        if !object.is_nil() {
            // Nobody listening is the ordinary case, not an error.
            let _ = self.0.changes.send(Changed { community, object, action: A::NAME });
        }
        Ok(done)
    }
}

/// What somebody is told before the policy was asked. Who is nobody learns nothing by it, not even that
/// a thing is not there: of what is there they would be asked who they are.
fn unasked(actor: &Actor, refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::NotFound if actor.origin == crate::Origin::Nobody => Refusal::SignIn,
        other => other,
    }
}

/// What the act was addressed to.
fn addressed<A: Action>(actor: &Actor, action: &A) -> Uuid {
    action.addressed().unwrap_or(actor.community.uuid())
}

/// The first answer again, when this receipt of this actor was honoured before.
fn earlier_answer<A: Action>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    receipt: Receipt,
    action: &A,
    detail: &str,
) -> Result<Option<A::Done>, Refusal> {
    let community = actor.community.uuid();
    let whose = actor.origin.id().unwrap_or(community);
    let key = db::params![community, addressed(actor, action), receipt.0, whose];
    let found = tx.row(&RECEIPT_FIND, &key)?;
    let Some(row) = found else {
        return Ok(None);
    };
    // The digest of sealed words is that of the sealed: only opened do they say what was sent. Of
    // somebody erased meanwhile nobody knows it any more.
    let (kept, object) = (row.text(3)?, row.id(4)?);
    let same_words = match vault::text::is_sealed(kept) {
        true => words::open(tx, actor.community, object, kept)?.is_some_and(|it| it == detail),
        false => row.bytes(1)? == digest(A::NAME, detail),
    };
    if row.text(0)? != A::NAME || !same_words {
        return Err(Refusal::ReceiptReused);
    }
    serde_json::from_str(row.text(2)?)
        .map(Some)
        .map_err(|error| Refusal::Defect(format!("{} kept a strange outcome: {error}", A::NAME)))
}

fn digest(action: &str, detail: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(action.as_bytes());
    hash.update([0]);
    hash.update(detail.as_bytes());
    hash.finalize().into()
}

fn measure(name: &'static str, kind: &'static str, started: Stopwatch, refusal: Option<&Refusal>) {
    let result = refusal.map_or("done", Refusal::class);
    metrics::counter!("lianhu_gate_total", "name" => name, "kind" => kind, "result" => result)
        .increment(1);
    metrics::histogram!("lianhu_gate_seconds", "name" => name, "kind" => kind)
        .record(started.elapsed().as_secs_f64());
}
