//! One's own password and PIN, chosen on one's own page. What is typed is hashed aside, so these
//! routes are laid by hand; before the forms stand open a fresh proof is asked for.

use std::collections::BTreeMap;

use axum::extract::{Request, State};
use axum::response::Response;
use gate::{Action, Declared, FieldFault, Refusal};
use kernel::{Fault, Line};
use web::{Answer, App, Caller, FormState, Given, Routes, Shell};

use crate::actions::secrets::{PasswordSet, PinChange};
use crate::doors::from_our_page;
use crate::views::me::MeRead;
use crate::{card_door, rules, verifier};

/// The page that these forms stand on.
const PAGE: &str = "/me";

pub(crate) fn routes(routes: &mut Routes) {
    const SETS: &[Declared] =
        &[Declared { name: PasswordSet::NAME, resource: PasswordSet::RESOURCE }];
    const CHANGES: &[Declared] =
        &[Declared { name: PinChange::NAME, resource: PinChange::RESOURCE }];
    routes.raw("POST", "/me/password", SETS, password);
    routes.raw("POST", "/me/pin", CHANGES, pin);
}

async fn password(State(app): State<App>, caller: Caller, request: Request) -> Response {
    let given = match from_our_page(&caller, BTreeMap::new(), request).await {
        Ok(given) => given,
        Err(refusal) => return Answer::new(&app, &caller).refusal_page(&refusal),
    };
    let action = new_password(&app, &caller, &given).await;
    keep(&app, &caller, &given, action).await
}

/// The act that the form asks for, its password hashed.
async fn new_password(app: &App, caller: &Caller, given: &Given) -> Result<PasswordSet, Refusal> {
    let me = app.gate().identify(caller.credential(app)?).await?;
    let typed = given.typed();
    let mut faults = Vec::new();
    let mut complain = |field: &str, fault: Fault| {
        faults.push(FieldFault { field: field.to_owned(), fault });
    };
    let name = typed.get("sign_in_name").map(|name| name.trim()).filter(|name| !name.is_empty());
    let sign_in_name = match name.map(Line::parse).transpose() {
        Ok(name) => name,
        Err(fault) => {
            complain("sign_in_name", fault);
            None
        }
    };
    let password = typed.get("password").cloned().unwrap_or_default();
    let own = [me.name.as_str(), name.unwrap_or_default()];
    if let Err(fault) = rules::check_password(&password, &own) {
        complain("password", fault);
    } else if typed.get("password_again") != Some(&password) {
        complain("password_again", Fault::new("access.password_differs"));
    }
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    let password = Some(verifier::make(password, app.gate().chance().clone()).await?);
    Ok(PasswordSet { sign_in_name, password })
}

async fn pin(State(app): State<App>, caller: Caller, request: Request) -> Response {
    let given = match from_our_page(&caller, BTreeMap::new(), request).await {
        Ok(given) => given,
        Err(refusal) => return Answer::new(&app, &caller).refusal_page(&refusal),
    };
    let action = new_pin(&app, &caller, &given).await;
    keep(&app, &caller, &given, action).await
}

async fn new_pin(app: &App, caller: &Caller, given: &Given) -> Result<PinChange, Refusal> {
    app.gate().identify(caller.credential(app)?).await?;
    let pin = Some(card_door::chosen(app, &given.typed()).await?);
    Ok(PinChange { pin })
}

/// Does it, and shows the page again.
async fn keep<A: Action>(
    app: &App,
    caller: &Caller,
    given: &Given,
    action: Result<A, Refusal>,
) -> Response {
    match done(app, caller, given, action).await {
        Ok(_) => Answer::new(app, caller).see_other(PAGE, A::NAME),
        Err(refusal) => show(app, caller, A::NAME, given, refusal).await,
    }
}

async fn done<A: Action>(
    app: &App,
    caller: &Caller,
    given: &Given,
    action: Result<A, Refusal>,
) -> Result<A::Done, Refusal> {
    let receipt = given.receipt(caller, app.gate().chance())?;
    app.gate().perform(caller.credential(app)?, receipt, action?).await
}

/// One's own page with what is wrong.
pub(crate) async fn show(
    app: &App,
    caller: &Caller,
    action: &'static str,
    given: &Given,
    refusal: Refusal,
) -> Response {
    let answer = Answer::new(app, caller);
    let form = FormState::refused(action, given, refusal);
    if !form.keeps_page() {
        return answer.refusal_page(form.refusal());
    }
    let looked = match caller.credential(app) {
        Ok(credential) => app.gate().look(credential, MeRead {}).await,
        Err(refusal) => Err(refusal),
    };
    match looked {
        Ok(looked) => {
            let status = form.status();
            let shell = Shell::new(app, caller, Some(looked.actor), form);
            answer.html(<MeRead as web::Page>::render(&looked.body, &shell), status)
        }
        Err(refusal) => answer.refusal_page(&refusal),
    }
}
