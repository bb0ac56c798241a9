//! The second step: its page at the door between password and session, and setting it up on one's
//! own page. Recovery codes are in the answer to the one request that made them and nowhere else,
//! so these routes are laid by hand.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use gate::{Action, Credential, Declared, Refusal, View};
use kernel::{AccountId, Fault};
use sha2::{Digest, Sha256};
use web::{Answer, App, Caller, FormState, Given, Routes, Secret, Shell};

use crate::actions::second_factor::{
    SecondFactorBegin, SecondFactorConfirm, SecondFactorLost, SessionProve, mark,
};
use crate::doors::{self, from_our_page, hold_back, within_the_house};
use crate::own;
use crate::totp::{self, Typed};
use crate::views::second_factor::{Asked, Offer, SecondStepRead};

/// Six-digit codes tried for one account from all addresses together: ten, then one a minute.
/// Only who knows the password comes so far, and the owner whom they hold up enters by a recovery
/// code, which is not counted here, or by a card.
const CODES_BURST: u32 = 10;
const CODES_PER_MINUTE: u32 = 1;

/// The page that takes the code.
const AT_THE_DOOR: &str = "/sign-in/code";

/// The notice over one's own page when the codes were shown already.
const SHOWN: &str = "second_factor.shown";

type Params = Path<BTreeMap<String, String>>;

pub(crate) fn routes(routes: &mut Routes) {
    const PROVES: &[Declared] = &[
        Declared { name: SecondStepRead::NAME, resource: SecondStepRead::RESOURCE },
        Declared { name: SessionProve::NAME, resource: SessionProve::RESOURCE },
    ];
    const BEGINS: &[Declared] =
        &[Declared { name: SecondFactorBegin::NAME, resource: SecondFactorBegin::RESOURCE }];
    const CONFIRMS: &[Declared] =
        &[Declared { name: SecondFactorConfirm::NAME, resource: SecondFactorConfirm::RESOURCE }];
    const LOSES: &[Declared] =
        &[Declared { name: SecondFactorLost::NAME, resource: SecondFactorLost::RESOURCE }];
    routes.raw("GET", AT_THE_DOOR, &[], code_page);
    routes.raw("POST", AT_THE_DOOR, PROVES, code);
    routes.raw("GET", "/sign-in/lost/{secret}", &[], lost_page);
    routes.raw("POST", "/sign-in/lost/{secret}", LOSES, lost);
    routes.raw("POST", "/me/second-step", BEGINS, begin);
    routes.raw("POST", "/me/second-step/confirmation", CONFIRMS, confirm);
}

/// Where somebody goes whose password was proved and who wanted to see `next`.
pub(crate) fn address(next: &str) -> String {
    let next = percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC);
    format!("{AT_THE_DOOR}?next={next}")
}

#[derive(Template)]
#[template(path = "second_step.html")]
struct CodePage<'a> {
    shell: &'a Shell<'a>,
    name: &'a str,
    offer: Option<&'a Offer>,
    next: String,
}

async fn code_page(
    State(app): State<App>,
    Query(query): Query<BTreeMap<String, String>>,
    caller: Caller,
) -> Response {
    let next = within_the_house(query.get("next"));
    match asked(&app, &caller).await {
        Ok((_, asked)) => show_code(&app, &caller, &asked, next, FormState::none(), StatusCode::OK),
        Err(refusal) => turned_away(&app, &caller, &refusal),
    }
}

fn show_code(
    app: &App,
    caller: &Caller,
    asked: &Asked,
    next: String,
    form: FormState,
    status: StatusCode,
) -> Response {
    let shell = Shell::new(app, caller, None, form);
    let page = CodePage { shell: &shell, name: &asked.name, offer: asked.offer.as_ref(), next };
    Answer::new(app, caller).html(page.render(), status)
}

/// The half session that the caller holds, and whose it is.
async fn asked(app: &App, caller: &Caller) -> Result<(Credential, Asked), Refusal> {
    let held = caller.credential(app)?;
    let (community, half) = match held {
        Credential::Secret { community, hash } => (community, hash),
        Credential::Code { .. } | Credential::System(_) | Credential::Nothing(_) => {
            return Err(Refusal::SignIn);
        }
    };
    let view = SecondStepRead { hash: half, lost: false };
    let looked = app.gate().look(Credential::System(community), view).await?;
    Ok((held, looked.body.asked.ok_or(Refusal::SignIn)?))
}

/// Too late, or never there: the password again.
fn turned_away(app: &App, caller: &Caller, refusal: &Refusal) -> Response {
    let answer = Answer::new(app, caller);
    match refusal {
        Refusal::SignIn => answer.see_other("/sign-in", "session.lapsed"),
        other => answer.refusal_page(other),
    }
}

async fn code(
    State(app): State<App>,
    headers: HeaderMap,
    caller: Caller,
    request: Request,
) -> Response {
    let given = match from_our_page(&caller, BTreeMap::new(), request).await {
        Ok(given) => given,
        Err(refusal) => return Answer::new(&app, &caller).refusal_page(&refusal),
    };
    let (held, asked) = match asked(&app, &caller).await {
        Ok(found) => found,
        Err(refusal) => return turned_away(&app, &caller, &refusal),
    };
    let next = within_the_house(given.typed().get("next"));
    let typed = read(&given);
    let proved = match slow_down(&app, &caller, asked.account, typed.as_ref()) {
        Ok(()) => prove(&app, &caller, &held, typed).await,
        Err(refusal) => Err(refusal),
    };
    match proved {
        Ok((secret, Some(codes))) => {
            let page = show_codes(&app, &caller, None, &codes, &next);
            doors::with_cookie(page, Some(&secret), &headers)
        }
        Ok((secret, None)) => doors::enter(&app, &caller, &headers, Ok((secret, true)), &next),
        Err(Refusal::SignIn) => turned_away(&app, &caller, &Refusal::SignIn),
        Err(refusal) => refused(&app, &caller, &asked, next, &given, refusal),
    }
}

/// The form again; a guesser is told how long to wait.
fn refused(
    app: &App,
    caller: &Caller,
    asked: &Asked,
    next: String,
    given: &Given,
    refusal: Refusal,
) -> Response {
    if let Refusal::TooMany { retry_after_seconds } = refusal {
        let fault = Fault::new("access.code_held_back").with("seconds", retry_after_seconds);
        let form = FormState::refused(SessionProve::NAME, given, Refusal::field("code", fault));
        let page = show_code(app, caller, asked, next, form, StatusCode::TOO_MANY_REQUESTS);
        return doors::retry_after(page, retry_after_seconds);
    }
    let form = FormState::refused(SessionProve::NAME, given, refusal);
    if !form.keeps_page() {
        return Answer::new(app, caller).refusal_page(form.refusal());
    }
    let status = form.status();
    show_code(app, caller, asked, next, form, status)
}

fn read(given: &Given) -> Option<Typed> {
    let typed = given.typed();
    let code = typed.get("code").filter(|code| !code.trim().is_empty());
    code.map(|code| Typed::read(code))
}

fn slow_down(
    app: &App,
    caller: &Caller,
    account: AccountId,
    typed: Option<&Typed>,
) -> Result<(), Refusal> {
    let Some(typed) = typed else { return Ok(()) };
    let account = account.to_string();
    hold_back(app, caller, "code", &account)?;
    match typed {
        Typed::Code(_) => {
            let now = app.gate().now();
            app.limiter().take("codes", &account, CODES_BURST, CODES_PER_MINUTE, now)
        }
        Typed::Recovery(_) => Ok(()),
    }
}

/// The new session; the recovery codes, where the second step counts from now on.
async fn prove(
    app: &App,
    caller: &Caller,
    held: &Credential,
    typed: Option<Typed>,
) -> Result<(Secret, Option<Vec<String>>), Refusal> {
    let Credential::Secret { community, hash: half } = held else { return Err(Refusal::SignIn) };
    let secret = Secret::new(*community, app.gate().chance());
    let (codes, hashes) = recovery_codes(app);
    let action = SessionProve {
        device: caller.user_agent.clone(),
        half: *half,
        hash: secret.hash(),
        typed,
        codes: hashes,
    };
    let system = Credential::System(*community);
    let proved = app.gate().perform(system, doors::receipt(app), action).await?;
    Ok((secret, proved.first.then_some(codes)))
}

/// Codes to show, and what is kept of them.
fn recovery_codes(app: &App) -> (Vec<String>, Vec<[u8; 32]>) {
    let fresh = || totp::recovery_code(app.gate().chance().bytes());
    let codes: Vec<String> = (0..totp::RECOVERY_CODES).map(|_| fresh()).collect();
    let plain = |code: &String| Sha256::digest(code.replace('-', "")).into();
    let hashes = codes.iter().map(plain).collect();
    (codes, hashes)
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct CodesPage<'a> {
    shell: &'a Shell<'a>,
    codes: &'a [String],
    next: &'a str,
}

fn show_codes(
    app: &App,
    caller: &Caller,
    actor: Option<gate::Actor>,
    codes: &[String],
    next: &str,
) -> Response {
    let shell = Shell::new(app, caller, actor, FormState::none());
    let page = CodesPage { shell: &shell, codes, next };
    Answer::new(app, caller).html(page.render(), StatusCode::CREATED)
}

#[derive(Template)]
#[template(path = "lost_phone.html")]
struct LostPage<'a> {
    shell: &'a Shell<'a>,
    /// Whose link it is; nothing for one that is dead.
    name: Option<&'a str>,
}

async fn lost_page(State(app): State<App>, Path(params): Params, caller: Caller) -> Response {
    match lost_link(&app, &caller, &params).await {
        Ok((_, asked)) => show_lost(&app, &caller, Some(&asked.name)),
        Err(Refusal::NotFound) => show_lost(&app, &caller, None),
        Err(refusal) => Answer::new(&app, &caller).refusal_page(&refusal),
    }
}

fn show_lost(app: &App, caller: &Caller, name: Option<&str>) -> Response {
    let status = if name.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let shell = Shell::new(app, caller, None, FormState::none());
    Answer::new(app, caller).html(LostPage { shell: &shell, name }.render(), status)
}

/// The link, still unused, and whose it is.
async fn lost_link(
    app: &App,
    caller: &Caller,
    params: &BTreeMap<String, String>,
) -> Result<(Secret, Asked), Refusal> {
    doors::hold_back_address(app, caller)?;
    let secret = params.get("secret").and_then(|secret| Secret::parse(secret));
    let secret = secret.ok_or(Refusal::NotFound)?;
    let view = SecondStepRead { hash: secret.hash(), lost: true };
    let looked = app.gate().look(Credential::System(secret.community), view).await?;
    Ok((secret, looked.body.asked.ok_or(Refusal::NotFound)?))
}

async fn lost(State(app): State<App>, Path(params): Params, caller: Caller) -> Response {
    let answer = Answer::new(&app, &caller);
    if let Err(refusal) = caller.same_origin() {
        return answer.refusal_page(&refusal);
    }
    let done = match lost_link(&app, &caller, &params).await {
        Ok((secret, _)) => {
            let action = SecondFactorLost { hash: secret.hash() };
            let system = Credential::System(secret.community);
            app.gate().perform(system, doors::receipt(&app), action).await
        }
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(_) => answer.see_other("/sign-in", SecondFactorLost::NAME),
        Err(Refusal::NotFound) => show_lost(&app, &caller, None),
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

async fn begin(
    State(app): State<App>,
    Path(params): Params,
    caller: Caller,
    request: Request,
) -> Response {
    let answer = Answer::new(&app, &caller);
    let given = match from_our_page(&caller, params, request).await {
        Ok(given) => given,
        Err(refusal) => return answer.refusal_page(&refusal),
    };
    let typed = read(&given);
    let action = SecondFactorBegin { typed: typed.clone() };
    match act(&app, &caller, &given, typed.as_ref(), action).await {
        Ok(_) => answer.see_other("/me", SecondFactorBegin::NAME),
        Err(refusal) => own::show(&app, &caller, SecondFactorBegin::NAME, &given, refusal).await,
    }
}

async fn confirm(
    State(app): State<App>,
    Path(params): Params,
    caller: Caller,
    request: Request,
) -> Response {
    let answer = Answer::new(&app, &caller);
    let given = match from_our_page(&caller, params, request).await {
        Ok(given) => given,
        Err(refusal) => return answer.refusal_page(&refusal),
    };
    let (codes, hashes) = recovery_codes(&app);
    let (typed, made) = (read(&given), mark(&hashes));
    let action = SecondFactorConfirm { typed: typed.clone(), codes: hashes };
    match act(&app, &caller, &given, typed.as_ref(), action).await {
        Ok(done) if done.mark == made => {
            let actor = match caller.credential(&app) {
                Ok(credential) => app.gate().identify(credential).await.ok(),
                Err(_) => None,
            };
            show_codes(&app, &caller, actor, &codes, "/me")
        }
        // The page was sent once more: what it showed is kept nowhere.
        Ok(_) => answer.see_other("/me", SHOWN),
        Err(refusal) => own::show(&app, &caller, SecondFactorConfirm::NAME, &given, refusal).await,
    }
}

/// Does it, slowly for who guesses.
async fn act<A: Action>(
    app: &App,
    caller: &Caller,
    given: &Given,
    typed: Option<&Typed>,
    action: A,
) -> Result<A::Done, Refusal> {
    let credential = caller.credential(app)?;
    let actor = app.gate().identify(credential.clone()).await?;
    let account = actor.account().ok_or(Refusal::SignIn)?;
    slow_down(app, caller, account, typed)?;
    let receipt = given.receipt(caller, app.gate().chance())?;
    app.gate().perform(credential, receipt, action).await
}
