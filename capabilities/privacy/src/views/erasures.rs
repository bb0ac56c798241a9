//! Wishes to be forgotten: what waits, and what became of the others. Names nobody.

use std::collections::BTreeMap;

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use kernel::Instant;
use registry::PersonId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::{Page, Shell};

use super::Colleague;
use crate::model::{Erasure, ErasureId};
use crate::store::erasures;

/// Asks for the list.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ErasureList {}

/// Those that wait first.
#[derive(Serialize, JsonSchema)]
pub struct ErasuresShown {
    pub erasures: Vec<ErasureRow>,
}

/// One of them.
#[derive(Serialize, JsonSchema)]
pub struct ErasureRow {
    pub erasure: ErasureId,
    /// Set for those who may read the resident's own page.
    pub person: Option<PersonId>,
    pub by: &'static str,
    pub ground: &'static str,
    pub asked_at: Instant,
    pub entered_by: Option<Colleague>,
    pub decided_at: Option<Instant>,
    pub decided_by: Option<Colleague>,
    pub granted: bool,
    pub reason: Option<String>,
    /// In how many requests name and telephone went.
    pub contacts: i64,
    /// Whether the reader may decide: another than who entered it.
    pub may_decide: bool,
    /// How many requests of theirs there are, whose words stay; told before it is decided.
    pub requests: usize,
    /// How many of them are still open: until they are closed nobody is forgotten.
    pub open: usize,
}

impl View for ErasureList {
    const NAME: &'static str = "erasure.list";
    const RESOURCE: &'static str = "Community";
    type Body = ErasuresShown;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<ErasuresShown, Refusal> {
        let community = look.actor.community;
        look.permit(Self::NAME, &Facts::of(community.uuid()))?;
        let all = erasures::list(look.tx, community)?;
        let entered = all.iter().map(|one| one.entered_by.uuid());
        let decided = all.iter().filter_map(|one| one.decided.as_ref().map(|it| it.by.uuid()));
        let people: Vec<Uuid> = entered.chain(decided).collect();
        let names = match people.is_empty() {
            true => BTreeMap::new(),
            false => access::names(look.tx, community, &people, look.now)?,
        };
        let mut rows = Vec::with_capacity(all.len());
        for one in all {
            rows.push(row(look, one, &names)?);
        }
        Ok(ErasuresShown { erasures: rows })
    }
}

fn row(
    look: &mut Looking<'_, '_>,
    one: Erasure,
    names: &BTreeMap<Uuid, access::Called>,
) -> Result<ErasureRow, Refusal> {
    let community = look.actor.community;
    let facts = crate::actions::facts(look.actor, one.person);
    let reads = look.allows("privacy.read", &facts);
    let decides = look.allows("erasure.decide", &Facts::of(one.id.uuid()));
    let waits = one.decided.is_none();
    let asked = match waits && decides {
        true => requests::personal::asked_by(look.tx, community, one.person)?,
        false => Vec::new(),
    };
    let open = asked.iter().filter(|it| it.stage != requests::model::Stage::Closed).count();
    let called = |id: Uuid| names.get(&id).map(Colleague::of);
    Ok(ErasureRow {
        erasure: one.id,
        person: reads.then_some(one.person),
        by: one.by.word(),
        ground: one.ground.word(),
        asked_at: one.asked_at,
        may_decide: waits && decides && look.actor.account() != Some(one.entered_by),
        entered_by: called(one.entered_by.uuid()),
        requests: asked.len(),
        open,
        decided_at: one.decided.as_ref().map(|it| it.at),
        decided_by: one.decided.as_ref().and_then(|it| called(it.by.uuid())),
        granted: one.decided.as_ref().is_some_and(|it| it.granted),
        contacts: one.decided.as_ref().map_or(0, |it| it.contacts),
        reason: one.decided.and_then(|it| it.reason),
    })
}

#[derive(Template)]
#[template(path = "erasures.html")]
struct ErasuresPage<'a> {
    body: &'a ErasuresShown,
    shell: &'a Shell<'a>,
}

impl Page for ErasureList {
    fn render(body: &ErasuresShown, shell: &Shell<'_>) -> Result<String, askama::Error> {
        ErasuresPage { body, shell }.render()
    }
}
