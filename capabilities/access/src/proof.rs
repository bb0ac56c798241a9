//! Step-up: before a sensitive act ([`gate::Action::FRESH`]) whoever signed in a while ago proves
//! again who they are.
//!
//! The refused form is sent on to this page by 307, which keeps what was typed; the page holds it in
//! hidden fields, and once the proof is right sends the browser back with it, by 307 again. Works
//! without scripts, and no capability knows of it. Fields that begin with `_` are no part of any
//! act, so `_proof` reaches nobody else.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gate::{Action, Credential, Declared, Refusal, View};
use kernel::{CommunityId, Fault};
use web::{Answer, App, Caller, FormState, Given, PROOF, Routes, Shell};

use crate::actions::second_factor::SessionRenew;
use crate::doors::{from_our_page, hold_back, receipt, within_the_house};
use crate::totp::Typed;
use crate::views::proof::{How, ProofRead, Wanted};
use crate::{card_door, rules, verifier};

/// The field that holds the proof.
const FIELD: &str = "_proof";

/// Fields that do not wait here: what somebody will sign in with stands in no page.
const NEVER_KEPT: &[&str] = &["password", "password_again", "new_pin", "new_pin_again"];

pub(crate) fn routes(routes: &mut Routes) {
    const PROVES: &[Declared] = &[
        Declared { name: ProofRead::NAME, resource: ProofRead::RESOURCE },
        Declared { name: SessionRenew::NAME, resource: SessionRenew::RESOURCE },
    ];
    routes.raw("POST", PROOF, PROVES, proof);
}

#[derive(Template)]
#[template(path = "proof.html")]
struct ProofPage<'a> {
    shell: &'a Shell<'a>,
    how: How,
    /// Where this page sends it: here again, or straight on where nothing is typed here.
    action: String,
    /// What was typed there.
    kept: Vec<(String, String)>,
}

async fn proof(
    State(app): State<App>,
    Query(query): Query<BTreeMap<String, String>>,
    caller: Caller,
    request: Request,
) -> Response {
    let answer = Answer::new(&app, &caller);
    let to = within_the_house(query.get("to"));
    let given = match from_our_page(&caller, BTreeMap::new(), request).await {
        Ok(given) => given,
        Err(refusal) => return answer.refusal_page(&refusal),
    };
    let (hash, community, wanted) = match wanted(&app, &caller).await {
        Ok(found) => found,
        Err(refusal) => return answer.refusal_page(&refusal),
    };
    let Some(typed) = given.typed().remove(FIELD) else {
        return show(&app, &caller, &wanted, &to, &given, None);
    };
    let system = Credential::System(community);
    match prove(&app, &caller, community, &wanted, typed.trim()).await {
        Ok(typed) => {
            let by_pin = wanted.how == How::Pin;
            let action = SessionRenew { hash, typed, by_pin };
            let renewed = app.gate().perform(system, receipt(&app), action);
            match renewed.await {
                Ok(()) => back(&answer, &to),
                Err(refusal) => show(&app, &caller, &wanted, &to, &given, Some(refusal)),
            }
        }
        Err(refusal) => show(&app, &caller, &wanted, &to, &given, Some(refusal)),
    }
}

/// On to where the form was going, with all of it.
fn back(answer: &Answer<'_>, to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(to) => {
            let headers = [
                (header::LOCATION, to),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            (StatusCode::TEMPORARY_REDIRECT, headers).into_response()
        }
        Err(_) => answer.refusal_page(&Refusal::NotFound),
    }
}

async fn wanted(app: &App, caller: &Caller) -> Result<([u8; 32], CommunityId, Wanted), Refusal> {
    let (community, hash) = match caller.credential(app)? {
        Credential::Secret { community, hash } => (community, hash),
        Credential::Code { .. } | Credential::System(_) | Credential::Nothing(_) => {
            return Err(Refusal::SignIn);
        }
    };
    // Idle too long is out here too.
    app.gate().identify(caller.credential(app)?).await?;
    let looked = app.gate().look(Credential::System(community), ProofRead { hash }).await?;
    Ok((hash, community, looked.body.wanted.ok_or(Refusal::SignIn)?))
}

/// Proves a password or a PIN, slowly; a code is handed on to be proved with the act.
async fn prove(
    app: &App,
    caller: &Caller,
    community: CommunityId,
    wanted: &Wanted,
    typed: &str,
) -> Result<Option<Typed>, Refusal> {
    hold_back(app, caller, "proof", &wanted.account.to_string())?;
    let wrong = |key| Refusal::field(FIELD, Fault::new(key));
    match (wanted.how, &wanted.verifier) {
        (How::Code, _) if matches!(Typed::read(typed), Typed::Code(_)) => {
            return Ok(Some(Typed::read(typed)));
        }
        (How::Pin, Some(kept)) => {
            let pin = rules::plain(typed);
            return card_door::prove(app, community, wanted.account, kept, pin)
                .await
                .map(|()| None);
        }
        (How::Card, _) => return Err(wrong("proof.card")),
        (How::Code | How::Password | How::Pin, _) => {}
    }
    let short = typed.chars().count() <= rules::PASSWORD_LENGTH_MAX;
    if short && verifier::check(wanted.verifier.clone(), typed.to_owned()).await? {
        return Ok(None);
    }
    Err(wrong("access.wrong_proof"))
}

fn show(
    app: &App,
    caller: &Caller,
    wanted: &Wanted,
    to: &str,
    given: &Given,
    refusal: Option<Refusal>,
) -> Response {
    let (form, status) = match refusal {
        None => (FormState::none(), StatusCode::FORBIDDEN),
        Some(Refusal::TooMany { retry_after_seconds }) => {
            let fault = Fault::new("access.proof_held_back").with("seconds", retry_after_seconds);
            let held = Refusal::field(FIELD, fault);
            let form = FormState::refused(SessionRenew::NAME, given, held);
            (form, StatusCode::TOO_MANY_REQUESTS)
        }
        Some(refusal) => {
            let refusal = refusal.renamed(|_| FIELD.to_owned());
            let form = FormState::refused(SessionRenew::NAME, given, refusal);
            if !form.keeps_page() {
                return Answer::new(app, caller).refusal_page(form.refusal());
            }
            let status = form.status();
            (form, status)
        }
    };
    let mut kept = given.typed();
    kept.retain(|name, _| name != FIELD && !NEVER_KEPT.contains(&name.as_str()));
    let shell = Shell::new(app, caller, None, form);
    let action = match wanted.how {
        How::Card => to.to_owned(),
        How::Password | How::Code | How::Pin => {
            let to = percent_encoding::utf8_percent_encode(to, percent_encoding::NON_ALPHANUMERIC);
            format!("{PROOF}?to={to}")
        }
    };
    let kept = kept.into_iter().collect();
    let page = ProofPage { shell: &shell, how: wanted.how, action, kept };
    Answer::new(app, caller).html(page.render(), status)
}
