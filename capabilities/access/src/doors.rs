//! The doors of the house: signing in by password, signing out, and the first run. The card has a
//! door of its own (`card_door.rs`).
//!
//! These pages stand outside of the ordinary routes because they set cookies and because what
//! they prove takes longer than the thread that writes may wait: look, prove aside, then act.
//! A link never signs anybody in by being opened; only the form on its page does.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use gate::{Action, Credential, Declared, FieldFault, Receipt, Refusal, View};
use kernel::{AccountId, CommunityId, Fault, Line};
use uuid::Uuid;
use web::{Answer, App, Caller, FormState, Given, Home, Routes, Secret, Shell, session_cookie};

use crate::actions::{CommunitySetUp, SessionClose, SessionOpen};
use crate::model::{CredentialKind, FOUNDER};
use crate::store::credentials::Held;
use crate::views::{CredentialRead, Shown};
use crate::{rules, second, verifier};

/// Attempts of one address at any door: a whole office behind one address signs in at eight.
const ADDRESS: Limit = Limit { burst: 60, per_minute: 30 };

/// Attempts of one address at one name or card: five, then one a minute. It is the guesser who
/// waits; the owner, coming from elsewhere, does not, so nobody can be locked out by another.
const ONE_LOCK: Limit = Limit { burst: 5, per_minute: 1 };

struct Limit {
    burst: u32,
    per_minute: u32,
}

type Params = Path<BTreeMap<String, String>>;

pub(crate) fn routes(routes: &mut Routes) {
    const OPENS: &[Declared] = &[
        Declared { name: CredentialRead::NAME, resource: CredentialRead::RESOURCE },
        Declared { name: SessionOpen::NAME, resource: SessionOpen::RESOURCE },
    ];
    const CLOSES: &[Declared] =
        &[Declared { name: SessionClose::NAME, resource: SessionClose::RESOURCE }];
    const FOUNDS: &[Declared] =
        &[Declared { name: CommunitySetUp::NAME, resource: CommunitySetUp::RESOURCE }];
    routes.raw("GET", "/sign-in", &[], sign_in_page);
    routes.raw("POST", "/sign-in", OPENS, sign_in);
    routes.raw("POST", "/sign-out", CLOSES, sign_out);
    routes.raw("GET", "/set-up/{secret}", &[], set_up_page);
    routes.raw("POST", "/set-up/{secret}", FOUNDS, set_up);
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    shell: &'a Shell<'a>,
    /// Whether there is a community to sign in to.
    founded: bool,
    next: String,
}

async fn sign_in_page(
    State(app): State<App>,
    Query(query): Query<BTreeMap<String, String>>,
    caller: Caller,
) -> Response {
    let next = within_the_house(query.get("next"));
    show_sign_in(&app, &caller, next, FormState::none(), StatusCode::OK)
}

fn show_sign_in(
    app: &App,
    caller: &Caller,
    next: String,
    form: FormState,
    status: StatusCode,
) -> Response {
    let shell = Shell::new(app, caller, None, form);
    let founded = app.home().is_some();
    Answer::new(app, caller).html(SignInPage { shell: &shell, founded, next }.render(), status)
}

async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    caller: Caller,
    request: Request,
) -> Response {
    let given = match from_our_page(&caller, BTreeMap::new(), request).await {
        Ok(given) => given,
        Err(refusal) => return Answer::new(&app, &caller).refusal_page(&refusal),
    };
    let typed = given.typed();
    let next = within_the_house(typed.get("next"));
    match prove_password(&app, &caller, &typed).await {
        Ok((community, account)) => {
            let by = CredentialKind::Password;
            let opened = open_session(&app, &caller, community, (account, by)).await;
            enter(&app, &caller, &headers, opened, &next)
        }
        Err(Refusal::TooMany { retry_after_seconds }) => {
            let form = held_back(&given, "password", retry_after_seconds);
            let page = show_sign_in(&app, &caller, next, form, StatusCode::TOO_MANY_REQUESTS);
            retry_after(page, retry_after_seconds)
        }
        Err(refusal) => {
            let form = FormState::refused(SessionOpen::NAME, &given, refusal);
            if !form.keeps_page() {
                return Answer::new(&app, &caller).refusal_page(form.refusal());
            }
            let status = form.status();
            show_sign_in(&app, &caller, next, form, status)
        }
    }
}

/// The form again, with how long the guesser waits and what helps meanwhile.
pub(crate) fn held_back(given: &Given, field: &str, seconds: u32) -> FormState {
    let fault = Fault::new("access.held_back").with("seconds", seconds);
    FormState::refused(SessionOpen::NAME, given, Refusal::field(field, fault))
}

pub(crate) fn retry_after(mut page: Response, seconds: u32) -> Response {
    page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    page
}

async fn prove_password(
    app: &App,
    caller: &Caller,
    typed: &BTreeMap<String, String>,
) -> Result<(CommunityId, AccountId), Refusal> {
    let wrong = || Refusal::field("password", Fault::new("access.wrong_password"));
    let community = app.home().ok_or_else(wrong)?;
    let name = typed.get("name").map(|name| rules::sign_in_name(name)).unwrap_or_default();
    let password = typed.get("password").cloned().unwrap_or_default();
    hold_back(app, caller, "sign_in", &name)?;
    // Longer than any password may be: nobody's, and not worth a hash.
    if password.chars().count() > rules::PASSWORD_LENGTH_MAX {
        return Err(wrong());
    }
    let held = look_up(app, community, Shown::Name(name)).await?;
    let (account, kept) = held.map(|held| (held.account, held.verifier)).unzip();
    let proved = verifier::check(kept.flatten(), password).await?;
    account.filter(|_| proved).map(|account| (community, account)).ok_or_else(wrong)
}

async fn sign_out(State(app): State<App>, headers: HeaderMap, caller: Caller) -> Response {
    let answer = Answer::new(&app, &caller);
    if let Err(refusal) = caller.same_origin() {
        return answer.refusal_page(&refusal);
    }
    if let Ok(credential @ Credential::Secret { hash, .. }) = caller.credential(&app) {
        let closed = app.gate().perform(credential, receipt(&app), SessionClose { hash }).await;
        match closed {
            // Over already is as good as ended now.
            Ok(()) | Err(Refusal::SignIn) => {}
            Err(refusal) => return answer.refusal_page(&refusal),
        }
    }
    with_cookie(answer.see_other("/sign-in", SessionClose::NAME), None, &headers)
}

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUpPage<'a> {
    shell: &'a Shell<'a>,
    /// Whether the link founds something; a dead one says so.
    alive: bool,
}

async fn set_up_page(State(app): State<App>, Path(params): Params, caller: Caller) -> Response {
    match founding_link(&app, &caller, &params).await {
        Ok(_) => show_set_up(&app, &caller, FormState::none()),
        Err(refusal) => no_set_up(&app, &caller, &refusal),
    }
}

fn show_set_up(app: &App, caller: &Caller, form: FormState) -> Response {
    let status = form.status();
    let shell = Shell::new(app, caller, None, form);
    Answer::new(app, caller).html(SetUpPage { shell: &shell, alive: true }.render(), status)
}

/// Used, followed by a newer one, over, never printed: all dead links look the same.
fn no_set_up(app: &App, caller: &Caller, refusal: &Refusal) -> Response {
    let answer = Answer::new(app, caller);
    if !matches!(refusal, Refusal::NotFound) {
        return answer.refusal_page(refusal);
    }
    let shell = Shell::new(app, caller, None, FormState::none());
    answer.html(SetUpPage { shell: &shell, alive: false }.render(), StatusCode::NOT_FOUND)
}

async fn set_up(
    State(app): State<App>,
    Path(params): Params,
    headers: HeaderMap,
    caller: Caller,
    request: Request,
) -> Response {
    let answer = Answer::new(&app, &caller);
    let link = founding_link(&app, &caller, &params).await;
    let given = from_our_page(&caller, params, request).await;
    let (link, given) = match (link, given) {
        (Ok(link), Ok(given)) => (link, given),
        (Err(refusal), _) => return no_set_up(&app, &caller, &refusal),
        (_, Err(refusal)) => return answer.refusal_page(&refusal),
    };
    match found(&app, &caller, link, &given).await {
        // Alone they can do little: the next step is to add colleagues.
        Ok(opened) => enter(&app, &caller, &headers, Ok(opened), "/accounts"),
        Err(refusal) => {
            let form = FormState::refused(CommunitySetUp::NAME, &given, refusal);
            if !form.keeps_page() {
                return no_set_up(&app, &caller, form.refusal());
            }
            show_set_up(&app, &caller, form)
        }
    }
}

/// The one-time link, still unused.
async fn founding_link(
    app: &App,
    caller: &Caller,
    params: &BTreeMap<String, String>,
) -> Result<Secret, Refusal> {
    hold_back_address(app, caller)?;
    let secret = params.get("secret").and_then(|secret| Secret::parse(secret));
    let secret = secret.ok_or(Refusal::NotFound)?;
    match app.gate().identify(secret.credential()).await {
        Ok(actor) if actor.has(FOUNDER) => Ok(secret),
        Ok(_) | Err(Refusal::SignIn) => Err(Refusal::NotFound),
        Err(refusal) => Err(refusal),
    }
}

/// Founds the community and opens its founder's first session.
async fn found(
    app: &App,
    caller: &Caller,
    link: Secret,
    given: &Given,
) -> Result<(Secret, bool), Refusal> {
    let (mut action, password) = founding(&given.typed())?;
    action.hash = link.hash();
    action.password = Some(verifier::make(password, app.gate().chance().clone()).await?);
    let (name, phone) = (action.name.to_string(), action.phone.to_string());
    let receipt = given.receipt(caller, app.gate().chance())?;
    let founded = app.gate().perform(link.credential(), receipt, action).await?;
    let community = link.community;
    app.set_home(Home { community, name, phone });
    open_session(app, caller, community, (founded.account, CredentialKind::Password)).await
}

/// Reads the form of the first run; all that is wrong with it at once.
fn founding(typed: &BTreeMap<String, String>) -> Result<(CommunitySetUp, String), Refusal> {
    let mut faults = Vec::new();
    let name = line(typed, "name", &mut faults);
    let phone = line::<30>(typed, "phone", &mut faults);
    let account_name = line(typed, "account_name", &mut faults);
    let sign_in_name = line(typed, "sign_in_name", &mut faults);
    let password = typed.get("password").cloned().unwrap_or_default();
    let mut complain = |field: &str, verdict: Result<(), Fault>| {
        faults.extend(verdict.err().map(|fault| FieldFault { field: field.to_owned(), fault }));
    };
    if let Some(phone) = &phone {
        complain("phone", registry::check_phone(phone.as_str()));
    }
    let own: Vec<&str> = ["name", "account_name", "sign_in_name"]
        .iter()
        .filter_map(|field| typed.get(*field).map(String::as_str))
        .collect();
    complain("password", rules::check_password(&password, &own));
    // Nobody can ask for another link: a slip of the finger would lock the founder out.
    let again = typed.get("password_again").map_or("", String::as_str);
    let differs =
        if again == password { Ok(()) } else { Err(Fault::new("access.password_differs")) };
    complain("password_again", differs);
    match (name, phone, account_name, sign_in_name) {
        (Some(name), Some(phone), Some(account_name), Some(sign_in_name)) if faults.is_empty() => {
            let (hash, no_password) = ([0; 32], None);
            let action = CommunitySetUp {
                name,
                phone,
                account_name,
                sign_in_name,
                password: no_password,
                hash,
            };
            Ok((action, password))
        }
        _ => Err(Refusal::Invalid(faults)),
    }
}

fn line<const MAX: usize>(
    typed: &BTreeMap<String, String>,
    field: &str,
    faults: &mut Vec<FieldFault>,
) -> Option<Line<MAX>> {
    let text = typed.get(field).map_or("", String::as_str);
    Line::parse(text)
        .map_err(|fault| faults.push(FieldFault { field: field.to_owned(), fault }))
        .ok()
}

/// A form from one of our own pages.
pub(crate) async fn from_our_page(
    caller: &Caller,
    params: BTreeMap<String, String>,
    request: Request,
) -> Result<Given, Refusal> {
    caller.same_origin()?;
    Given::of_form(params, request).await
}

pub(crate) async fn look_up(
    app: &App,
    community: CommunityId,
    shown: Shown,
) -> Result<Option<Held>, Refusal> {
    let view = CredentialRead { shown };
    Ok(app.gate().look(Credential::System(community), view).await?.body.held)
}

/// The new session's secret, and whether it is a whole one: else a code is asked for next.
pub(crate) async fn open_session(
    app: &App,
    caller: &Caller,
    community: CommunityId,
    (account, by): (AccountId, CredentialKind),
) -> Result<(Secret, bool), Refusal> {
    let secret = Secret::new(community, app.gate().chance());
    let device = caller.user_agent.clone();
    let action = SessionOpen { account, by, device, hash: secret.hash() };
    let opened = app.gate().perform(Credential::System(community), receipt(app), action).await?;
    Ok((secret, opened.whole))
}

/// Through the door: the cookie, and on to where they wanted to go, or to the second step.
pub(crate) fn enter(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    opened: Result<(Secret, bool), Refusal>,
    next: &str,
) -> Response {
    let answer = Answer::new(app, caller);
    match opened {
        Ok((secret, whole)) => {
            let next = if whole { next.to_owned() } else { second::address(next) };
            with_cookie(answer.see_other(&next, SessionOpen::NAME), Some(&secret), headers)
        }
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

pub(crate) fn with_cookie(
    mut response: Response,
    secret: Option<&Secret>,
    headers: &HeaderMap,
) -> Response {
    let proto = headers.get("x-forwarded-proto").and_then(|proto| proto.to_str().ok());
    let cookie = session_cookie(secret, proto == Some("https"));
    // Made of base 64 and fixed words: always a valid header value.
    if let Ok(line) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}

/// Only a path of ours: never a way to send somebody elsewhere.
pub(crate) fn within_the_house(next: Option<&String>) -> String {
    let ours = |path: &&String| {
        let plain = |sign: char| sign.is_ascii_graphic() && sign != '\\';
        path.starts_with('/') && !path.starts_with("//") && path.chars().all(plain)
    };
    next.filter(ours).cloned().unwrap_or_else(|| "/".to_owned())
}

pub(crate) fn hold_back(
    app: &App,
    caller: &Caller,
    door: &'static str,
    lock: &str,
) -> Result<(), Refusal> {
    hold_back_address(app, caller)?;
    let key = format!("{} {lock}", caller.address);
    app.limiter().take(door, &key, ONE_LOCK.burst, ONE_LOCK.per_minute, app.gate().now())
}

pub(crate) fn hold_back_address(app: &App, caller: &Caller) -> Result<(), Refusal> {
    let now = app.gate().now();
    app.limiter().take("door", &caller.address, ADDRESS.burst, ADDRESS.per_minute, now)
}

pub(crate) fn receipt(app: &App) -> Receipt {
    Receipt(Uuid::from_bytes(app.gate().chance().bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_leads_nowhere_else() {
        for (asked, next) in [
            ("/requests/1?a=b", "/requests/1?a=b"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\nb", "/"),
            ("", "/"),
        ] {
            assert_eq!(within_the_house(Some(&asked.to_owned())), next);
        }
        assert_eq!(within_the_house(None), "/");
    }
}
