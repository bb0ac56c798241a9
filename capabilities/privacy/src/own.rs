//! `/p/{code}`: a resident's own door to their own page, and the slip with the code, which is shown
//! once. Wrong codes are limited per caller and look like unknown pages.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use gate::{Action, Declared, Refusal, View};
use kernel::Line;
use registry::PersonId;
use serde::Deserialize;
use web::{Answer, App, Caller, Coercion, FormState, Given, Page, Routes, Shell};

use crate::actions::consents::{CodeIssue, ConsentWithdraw};
use crate::views::person::PrivacyRead;

/// The notice over a resident's page when the code was shown already.
const SHOWN: &str = "privacy.code_shown";

type Params = Path<BTreeMap<String, String>>;

pub(crate) fn routes(routes: &mut Routes) {
    const SEES: &[Declared] =
        &[Declared { name: PrivacyRead::NAME, resource: PrivacyRead::RESOURCE }];
    const ISSUES: &[Declared] =
        &[Declared { name: CodeIssue::NAME, resource: CodeIssue::RESOURCE }];
    const WITHDRAWS: &[Declared] =
        &[Declared { name: ConsentWithdraw::NAME, resource: ConsentWithdraw::RESOURCE }];
    routes.raw("GET", "/p", &[], enter);
    routes.raw("GET", "/p/{code}", SEES, page);
    routes.raw("POST", "/p/{code}/consents/{consent}/withdrawal", WITHDRAWS, withdraw);
    routes.raw("POST", "/people/{person}/privacy/codes", ISSUES, issue);
}

/// Where a code is typed.
#[derive(Deserialize)]
struct Entered {
    code: Option<String>,
}

#[derive(Template)]
#[template(path = "code_page.html")]
struct CodePage<'a> {
    shell: &'a Shell<'a>,
    typed: String,
    wrong: bool,
}

async fn enter(State(app): State<App>, Query(entered): Query<Entered>, caller: Caller) -> Response {
    let answer = Answer::new(&app, &caller);
    let typed = entered.code.unwrap_or_default();
    let code = typed.trim();
    if code.is_empty() {
        return type_code(&app, &caller, "", StatusCode::OK);
    }
    match access::codes::open(&app, &caller, code).await {
        Ok(_) => answer.see_other(&address(code), ""),
        Err(Refusal::NotFound) => type_code(&app, &caller, code, StatusCode::NOT_FOUND),
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

/// The form for a code, with the one that opened nothing.
fn type_code(app: &App, caller: &Caller, code: &str, status: StatusCode) -> Response {
    let shell = Shell::new(app, caller, None, FormState::none());
    let typed: String = code.chars().take(access::codes::LENGTH_MAX).collect();
    let page = CodePage { shell: &shell, typed, wrong: status != StatusCode::OK };
    Answer::new(app, caller).html(page.render(), status)
}

/// The page of whoever holds the code, under the code as the slip prints it.
fn address(code: &str) -> String {
    format!("/p/{}", access::codes::as_printed(code).unwrap_or_default())
}

/// A page opened by its code: the caller as its holder, and what to show.
async fn opened(app: &App, caller: &Caller, code: &str) -> Result<(Caller, PrivacyRead), Refusal> {
    let (caller, object) = access::codes::open(app, caller, code).await?;
    let view = PrivacyRead {
        person: PersonId::from_uuid(object),
        before: None,
        family: true,
        code: Line::parse(code).ok(),
    };
    Ok((caller, view))
}

async fn page(State(app): State<App>, Path(code): Path<String>, caller: Caller) -> Response {
    let answer = Answer::new(&app, &caller);
    let shown = async {
        let (caller, view) = opened(&app, &caller, &code).await?;
        Ok((app.gate().look(caller.credential(&app)?, view).await?, caller))
    };
    match shown.await {
        Ok((looked, caller)) => {
            let shell = Shell::new(&app, &caller, Some(looked.actor), FormState::none());
            let page = PrivacyRead::render(&looked.body, &shell);
            Answer::new(&app, &caller).html(page, StatusCode::OK)
        }
        Err(Refusal::NotFound) => type_code(&app, &caller, code.trim(), StatusCode::NOT_FOUND),
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

async fn withdraw(
    State(app): State<App>,
    Path(params): Params,
    caller: Caller,
    request: Request,
) -> Response {
    let answer = Answer::new(&app, &caller);
    let code = params.get("code").cloned().unwrap_or_default();
    let done = async {
        caller.same_origin()?;
        let (holder, view) = opened(&app, &caller, &code).await?;
        let mut named = params.clone();
        named.remove("code");
        named.insert("person".to_owned(), view.person.to_string());
        let given = Given::of_form(named, request).await?;
        let coercion = Coercion::of::<ConsentWithdraw>();
        let action = web::parse::<ConsentWithdraw>(&given, &coercion)?;
        let receipt = given.receipt(&caller, app.gate().chance())?;
        app.gate().perform(holder.credential(&app)?, receipt, action).await
    };
    match done.await {
        Ok(_) => answer.see_other(&address(&code), ConsentWithdraw::NAME),
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

#[derive(Template)]
#[template(path = "code_slip.html")]
struct SlipPage<'a> {
    shell: &'a Shell<'a>,
    person: PersonId,
    code: &'a str,
}

/// Gives a resident at the desk their code; the answer is the one page that ever shows it.
async fn issue(
    State(app): State<App>,
    Path(params): Params,
    caller: Caller,
    request: Request,
) -> Response {
    let answer = Answer::new(&app, &caller);
    match issued(&app, &caller, params, request).await {
        Ok((actor, person, Some(code))) => {
            let shell = Shell::new(&app, &caller, Some(actor), FormState::none());
            let page = SlipPage { shell: &shell, person, code: &code };
            answer.html(page.render(), StatusCode::CREATED)
        }
        // The page was loaded once more: what it showed is kept nowhere.
        Ok((_, person, None)) => answer.see_other(&format!("/people/{person}/privacy"), SHOWN),
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

async fn issued(
    app: &App,
    caller: &Caller,
    params: BTreeMap<String, String>,
    request: Request,
) -> Result<(gate::Actor, PersonId, Option<String>), Refusal> {
    caller.same_origin()?;
    let given = Given::of_form(params, request).await?;
    let action = web::parse::<CodeIssue>(&given, &Coercion::of::<CodeIssue>())?;
    let (code, person) = (action.code.clone(), action.person);
    let receipt = given.receipt(caller, app.gate().chance())?;
    let credential = caller.credential(app)?;
    app.gate().perform(credential.clone(), receipt, action).await?;
    let actor = app.gate().identify(credential).await?;
    let code = code.lock().unwrap_or_else(PoisonError::into_inner).take();
    Ok((actor, person, code))
}
