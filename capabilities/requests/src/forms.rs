//! Forms that the platform's own `form` route does not cover: with files, or sent by the holder
//! of a query code. The same answers: 303 when done, the page with what is wrong otherwise.

use std::collections::BTreeMap;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use gate::Refusal;
use web::{Answer, App, Caller, FormState, Given, Page, Shell};

/// Shows a page to a caller.
pub(crate) async fn show<P: Page>(app: &App, caller: &Caller, view: P) -> Response {
    render(app, caller, view, FormState::none(), StatusCode::OK).await
}

/// Answers a form: done, or the page it stood on with what was typed and what is wrong.
pub(crate) async fn answer<P: Page>(
    app: &App,
    caller: &Caller,
    action: &'static str,
    given: &Given,
    done: Result<String, Refusal>,
    page: P,
) -> Response {
    let refusal = match done {
        Ok(next) => return Answer::new(app, caller).see_other(&next, action),
        Err(refusal) => refusal,
    };
    let form = FormState::refused(action, given, refusal);
    if !form.keeps_page() {
        return Answer::new(app, caller).refusal_page(form.refusal());
    }
    let status = form.status();
    render(app, caller, page, form, status).await
}

/// Shows a page with its form in a state.
pub(crate) async fn render<P: Page>(
    app: &App,
    caller: &Caller,
    view: P,
    form: FormState,
    status: StatusCode,
) -> Response {
    let answer = Answer::new(app, caller);
    let credential = match caller.credential(app) {
        Ok(credential) => credential,
        Err(refusal) => return answer.refusal_page(&refusal),
    };
    match app.gate().look(credential, view).await {
        Ok(looked) => {
            let shell = Shell::new(app, caller, Some(looked.actor), form);
            answer.html(P::render(&looked.body, &shell), status)
        }
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

/// The fields of a form from one of our own pages.
///
/// # Errors
/// Those of a form from elsewhere, and of a body that cannot be read.
pub(crate) async fn sent(caller: &Caller, request: Request) -> Result<Given, Refusal> {
    caller.same_origin()?;
    Given::of_form(BTreeMap::new(), request).await
}
