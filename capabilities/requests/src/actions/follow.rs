//! What follows from an act in the same transaction: parents hear of their parts, followers of
//! the answer, and each keeps a line of it in its own history.
//!
//! Bounded: a part has no parts and a follower no followers, so nothing follows twice.

use gate::{Acting, Refusal};
use kernel::Fault;
use serde_json::json;

use super::{Loaded, store};
use crate::model::{Lines, Note, Request, RequestId, Stage};
use crate::rules::decide::{Case, Change, Follow};
use crate::rules::{filing, merge, parts};
use crate::store::family;

/// Does everything that follows from a change of `request`.
pub(super) fn all(
    act: &mut Acting<'_, '_>,
    request: &Request,
    follow: &[Follow],
) -> Result<(), Refusal> {
    follow.iter().try_for_each(|step| one(act, request, step))
}

fn one(act: &mut Acting<'_, '_>, request: &Request, step: &Follow) -> Result<(), Refusal> {
    match step {
        Follow::Transfer { line, called } => {
            let detail = json!({ "emergency": line.word(), "called": called });
            act.also("request.transfer", request.id.uuid(), &detail)
        }
        Follow::Alarm { main, heard } => alarm(act, request, *main, *heard),
        Follow::Closed(word) => {
            act.also("request.close", request.id.uuid(), &json!({ "because": word }))
        }
        Follow::Offer(to) => act.also("request.assign", request.id.uuid(), &json!({ "to": to })),
        Follow::ClosePart { parent } => {
            of_part(act, request, *parent, "request.close_part", parts::close_part)
        }
        Follow::ReopenPart { parent } => {
            of_part(act, request, *parent, "request.reopen_part", parts::reopen_part)
        }
        Follow::WithdrawParts => withdraw_parts(act, request),
        Follow::AnswerFollowers => {
            let answer = request.answer.as_ref();
            let detail = json!({
                "text": answer.map(|answer| &answer.words),
                "kind": answer.map(|answer| answer.kind),
                "from": request.number(),
            });
            each_follower(act, request, "request.follow", &detail, |case| {
                merge::follow(case, request)
            })
        }
        Follow::ReleaseFollowers => {
            let detail = json!({ "from": request.number() });
            each_follower(act, request, "request.unmerge", &detail, merge::unmerge)
        }
        Follow::MoveFollowers { into } => {
            let detail = json!({ "into": into });
            each_follower(act, request, "request.merge", &detail, |case| merge::point(case, *into))
        }
    }
}

/// A part tells its parent.
fn of_part(
    act: &mut Acting<'_, '_>,
    part: &Request,
    parent: RequestId,
    said: &'static str,
    decide: fn(&Case<'_>) -> Result<Change, Fault>,
) -> Result<(), Refusal> {
    let parent = Loaded::find(act, parent)?.by_itself();
    let change = decide(&parent.case()).map_err(Refusal::Rule)?;
    store(act, &parent, &change)?;
    act.also(said, parent.request.id.uuid(), &json!({ "from": part.number() }))?;
    all(act, &change.request, &change.follow)
}

/// A request that follows another became an emergency, which is that one's from now on.
fn alarm(
    act: &mut Acting<'_, '_>,
    follower: &Request,
    main: RequestId,
    heard: Lines,
) -> Result<(), Refusal> {
    let main = Loaded::find(act, main)?.by_itself().hearing(heard);
    let change = filing::note(&main.case(), &pointing_to(follower)?).map_err(Refusal::Rule)?;
    store(act, &main, &change)?;
    all(act, &change.request, &change.follow)
}

fn withdraw_parts(act: &mut Acting<'_, '_>, parent: &Request) -> Result<(), Refusal> {
    let community = act.community();
    let parts = family::children(act.tx, community, parent.id)?;
    let reason = pointing_to(parent)?;
    for part in parts.into_iter().filter(|part| part.stage != Stage::Closed) {
        let part = Loaded::about(act, part)?.by_itself();
        let change = parts::withdraw_with_parent(&part.case(), &reason);
        let change = change.map_err(Refusal::Rule)?;
        // The parent is over: a part has nobody left to tell.
        store(act, &part, &change)?;
        let detail = json!({ "from": parent.number() });
        act.also("request.withdraw", part.request.id.uuid(), &detail)?;
    }
    Ok(())
}

/// Why it was done is said in the other's history: its number points there.
fn pointing_to(other: &Request) -> Result<Note, Refusal> {
    Note::parse(&other.number())
        .map_err(|_| Refusal::Defect("a number that says nothing".to_owned()))
}

fn each_follower(
    act: &mut Acting<'_, '_>,
    main: &Request,
    said: &'static str,
    detail: &serde_json::Value,
    decide: impl Fn(&Case<'_>) -> Result<Change, Fault>,
) -> Result<(), Refusal> {
    let community = act.community();
    let followers = family::followers(act.tx, community, main.id)?;
    for follower in followers.into_iter().filter(|follower| follower.stage == Stage::Merged) {
        let follower = Loaded::about(act, follower)?.by_itself();
        let change = decide(&follower.case()).map_err(Refusal::Rule)?;
        // A follower has no followers: they were moved when it began to follow.
        store(act, &follower, &change)?;
        act.also(said, follower.request.id.uuid(), detail)?;
    }
    Ok(())
}
