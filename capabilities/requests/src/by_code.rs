//! `/q/{code}`: the resident's own door. A query code opens one request, without an account;
//! wrong codes are limited per caller and look like unknown pages.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use gate::{Action, Declared, Refusal, View};
use kernel::Fault;
use serde::Deserialize;
use web::{Answer, App, Caller, Coercion, FormState, Given, Page, Routes, Shell};

use crate::actions::reopening::AskReopening;
use crate::actions::verification::Verify;
use crate::actions::words::{KeepConfidential, Note, Withdraw};
use crate::forms;
use crate::model::RequestId;
use crate::pages::enter_code;
use crate::views::new::{FindSimilar, danger_in};
use crate::views::progress::ShowProgress;

/// Longest text that is shown again as a code.
const CODE_MAX: usize = access::codes::LENGTH_MAX;

pub(crate) fn routes(routes: &mut Routes) {
    let seen = [Declared { name: ShowProgress::NAME, resource: ShowProgress::RESOURCE }];
    routes.raw("GET", "/q", &[], enter);
    routes.raw("GET", "/q/{code}", &seen, page);
    routes.raw("GET", "/api/q/{code}", &seen, json);
    routes.raw("POST", "/q/{code}/danger", &[], danger);
    form::<Verify>(routes, "/q/{code}/verification");
    form::<Note>(routes, "/q/{code}/notes");
    form::<KeepConfidential>(routes, "/q/{code}/confidentiality");
    form::<AskReopening>(routes, "/q/{code}/reopening");
    form::<Withdraw>(routes, "/q/{code}/withdrawal");
}

/// A request opened by its code.
pub(crate) struct Opened {
    pub caller: Caller,
    pub request: RequestId,
}

/// Opens the request of a code.
///
/// # Errors
/// [`Refusal::NotFound`] for a wrong code, [`Refusal::TooMany`] after too many of them.
pub(crate) async fn open(app: &App, caller: &Caller, code: &str) -> Result<Opened, Refusal> {
    let (caller, object) = access::codes::open(app, caller, code).await?;
    Ok(Opened { caller, request: RequestId::from_uuid(object) })
}

/// Where a code is typed.
#[derive(Deserialize)]
struct Entered {
    code: Option<String>,
}

async fn enter(State(app): State<App>, Query(entered): Query<Entered>, caller: Caller) -> Response {
    let answer = Answer::new(&app, &caller);
    let Some(code) = entered.code else {
        return answer.html(enter_code(&app, &caller, None), StatusCode::OK);
    };
    if code.trim().is_empty() {
        let missing = Refusal::field("code", Fault::new("fault.missing"));
        let page = enter_code(&app, &caller, Some(("", &missing)));
        return answer.html(page, StatusCode::UNPROCESSABLE_ENTITY);
    }
    match open(&app, &caller, code.trim()).await {
        Ok(_) => answer.see_other(&address(code.trim()), ""),
        Err(refusal) => in_vain(&app, &caller, &code, &refusal),
    }
}

/// A code that opened nothing: its form again, with what was typed and what to do.
fn in_vain(app: &App, caller: &Caller, code: &str, refusal: &Refusal) -> Response {
    let answer = Answer::new(app, caller);
    let typed: String = code.trim().chars().take(CODE_MAX).collect();
    let page = enter_code(app, caller, Some((&typed, refusal)));
    match refusal {
        Refusal::NotFound => answer.html(page, StatusCode::NOT_FOUND),
        Refusal::TooMany { retry_after_seconds } => {
            let mut response = answer.html(page, StatusCode::TOO_MANY_REQUESTS);
            let wait = HeaderValue::from(*retry_after_seconds);
            response.headers_mut().insert(header::RETRY_AFTER, wait);
            response
        }
        _ => answer.refusal_page(refusal),
    }
}

async fn page(State(app): State<App>, Path(code): Path<String>, caller: Caller) -> Response {
    match open(&app, &caller, &code).await {
        Ok(opened) => forms::show(&app, &opened.caller, ShowProgress { code }).await,
        Err(refusal) => in_vain(&app, &caller, &code, &refusal),
    }
}

async fn json(State(app): State<App>, Path(code): Path<String>, caller: Caller) -> Response {
    let shown = async {
        let opened = open(&app, &caller, &code).await?;
        let credential = opened.caller.credential(&app)?;
        let looked = app.gate().look(credential, ShowProgress { code }).await?;
        Ok(looked.body)
    };
    let shown = shown.await;
    Answer::new(&app, &caller).json(shown, StatusCode::OK)
}

/// Asked while the holder of a code writes: the fragment with the line to call first. Nothing is
/// read but what they typed.
async fn danger(
    State(app): State<App>,
    Path(code): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let heard = async {
        let given = forms::sent(&caller, request).await?;
        let opened = open(&app, &caller, &code).await?;
        Ok((opened, danger_in(given.typed().get("text").map_or("", String::as_str))))
    };
    let heard: Result<_, Refusal> = heard.await;
    let answer = Answer::new(&app, &caller);
    match heard {
        Ok((opened, body)) => {
            let shell = Shell::new(&app, &opened.caller, None, FormState::none());
            answer.html(FindSimilar::render(&body, &shell), StatusCode::OK)
        }
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

/// A form of the progress page: an act of the petitioner on their own request.
fn form<A: Action>(routes: &mut Routes, path: &'static str) {
    let coercion = Coercion::of::<A>();
    let answer = move |State(app): State<App>,
                       Path(code): Path<String>,
                       caller: Caller,
                       request: Request| async move {
        let opened = match caller.same_origin() {
            Ok(()) => open(&app, &caller, &code).await,
            Err(refusal) => Err(refusal),
        };
        let given = match opened {
            Ok(opened) => {
                Given::of_form(named(opened.request), request).await.map(|given| (opened, given))
            }
            Err(refusal) => Err(refusal),
        };
        let (opened, given) = match given {
            Ok(both) => both,
            Err(refusal) => return Answer::new(&app, &caller).refusal_page(&refusal),
        };
        let done = perform::<A>(&app, &opened.caller, &given, &coercion).await;
        let done = done.map(|_| address(&code));
        let page = ShowProgress { code: code.clone() };
        forms::answer(&app, &opened.caller, A::NAME, &given, done, page).await
    };
    routes.raw("POST", path, &[Declared { name: A::NAME, resource: A::RESOURCE }], answer);
}

async fn perform<A: Action>(
    app: &App,
    caller: &Caller,
    given: &Given,
    coercion: &Coercion,
) -> Result<A::Done, Refusal> {
    let action = web::parse::<A>(given, coercion)?;
    let receipt = given.receipt(caller, app.gate().chance())?;
    app.gate().perform(caller.credential(app)?, receipt, action).await
}

/// The code's own request: the form cannot name another.
pub(crate) fn named(request: RequestId) -> BTreeMap<String, String> {
    BTreeMap::from([("request".to_owned(), request.to_string())])
}

/// Where the holder of a code sees their request: under the code as the slip prints it, however
/// it was typed.
pub(crate) fn address(code: &str) -> String {
    format!("/q/{}", access::codes::as_printed(code).unwrap_or_default())
}
