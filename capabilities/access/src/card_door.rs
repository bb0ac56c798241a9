//! The door for cards: its page says whose card it is and asks for the PIN; a card without one gets
//! it here, at its first use, where the community wants PINs.
//!
//! A try is counted before the PIN is looked at, under the account: five wrong ones and the card is
//! dead. Only its holder comes so far, so nobody else can lock them out.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use gate::{Action, Credential, Declared, FieldFault, Refusal, View};
use kernel::{AccountId, CommunityId, Fault};
use web::{Answer, App, Caller, FormState, Routes, Secret, Shell};

use crate::actions::SessionOpen;
use crate::actions::secrets::{PinChoose, PinTry};
use crate::doors::{
    enter, from_our_page, held_back, hold_back, hold_back_address, look_up, open_session, receipt,
    retry_after,
};
use crate::model::CredentialKind;
use crate::store::credentials::Held;
use crate::verifier::Verifier;
use crate::views::{CredentialRead, Shown};
use crate::{rules, verifier};

type Params = Path<BTreeMap<String, String>>;
type Typed = BTreeMap<String, String>;

pub(crate) fn routes(routes: &mut Routes) {
    const ENTERS: &[Declared] = &[
        Declared { name: CredentialRead::NAME, resource: CredentialRead::RESOURCE },
        Declared { name: PinTry::NAME, resource: PinTry::RESOURCE },
        Declared { name: PinChoose::NAME, resource: PinChoose::RESOURCE },
        Declared { name: SessionOpen::NAME, resource: SessionOpen::RESOURCE },
    ];
    routes.raw("GET", "/enter/{card}", &[], card_page);
    routes.raw("POST", "/enter/{card}", ENTERS, card);
}

#[derive(Template)]
#[template(path = "enter.html")]
struct CardPage<'a> {
    shell: &'a Shell<'a>,
    /// Nothing for a card that is dead.
    held: Option<&'a Held>,
}

async fn card_page(State(app): State<App>, Path(params): Params, caller: Caller) -> Response {
    match find(&app, &caller, &params).await {
        Ok((_, held)) => show(&app, &caller, held.as_ref(), FormState::none()),
        Err(refusal) => Answer::new(&app, &caller).refusal_page(&refusal),
    }
}

fn show(app: &App, caller: &Caller, held: Option<&Held>, form: FormState) -> Response {
    let status = if held.is_some() { form.status() } else { StatusCode::NOT_FOUND };
    let shell = Shell::new(app, caller, None, form);
    Answer::new(app, caller).html(CardPage { shell: &shell, held }.render(), status)
}

async fn card(
    State(app): State<App>,
    Path(params): Params,
    headers: HeaderMap,
    caller: Caller,
    request: Request,
) -> Response {
    let answer = Answer::new(&app, &caller);
    let given = match from_our_page(&caller, params.clone(), request).await {
        Ok(given) => given,
        Err(refusal) => return answer.refusal_page(&refusal),
    };
    let (community, held) = match find(&app, &caller, &params).await {
        Ok((Some(community), Some(held))) => (community, held),
        Ok(_) => return show(&app, &caller, None, FormState::none()),
        Err(refusal) => return answer.refusal_page(&refusal),
    };
    match pass(&app, &caller, community, &held, &given.typed()).await {
        Ok(()) => {
            let holder = (held.account, CredentialKind::Card);
            let opened = open_session(&app, &caller, community, holder).await;
            enter(&app, &caller, &headers, opened, "/")
        }
        Err(Refusal::TooMany { retry_after_seconds }) => {
            let form = held_back(&given, "pin", retry_after_seconds);
            let mut page = show(&app, &caller, Some(&held), form);
            *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            retry_after(page, retry_after_seconds)
        }
        Err(refusal) => {
            let form = FormState::refused(SessionOpen::NAME, &given, refusal);
            if !form.keeps_page() {
                return answer.refusal_page(form.refusal());
            }
            show(&app, &caller, Some(&held), form)
        }
    }
}

/// The community a card belongs to and its holder, if it is valid. Cards have 256 random bits:
/// what is limited here is only the work.
async fn find(
    app: &App,
    caller: &Caller,
    params: &BTreeMap<String, String>,
) -> Result<(Option<CommunityId>, Option<Held>), Refusal> {
    hold_back_address(app, caller)?;
    let Some(secret) = params.get("card").and_then(|card| Secret::parse(card)) else {
        return Ok((None, None));
    };
    let held = look_up(app, secret.community, Shown::Card(secret.hash())).await?;
    Ok((Some(secret.community), held))
}

/// The PIN is proved or chosen, or the card needs none.
async fn pass(
    app: &App,
    caller: &Caller,
    community: CommunityId,
    held: &Held,
    typed: &Typed,
) -> Result<(), Refusal> {
    if let Some(kept) = &held.verifier {
        let pin = rules::plain(typed.get("pin").map_or("", String::as_str));
        hold_back(app, caller, "pin", &held.account.to_string())?;
        return prove(app, community, held.account, kept, pin).await;
    }
    if held.wants_pin {
        let pin = Some(chosen(app, typed).await?);
        let action = PinChoose { account: held.account, pin };
        app.gate().perform(Credential::System(community), receipt(app), action).await?;
    }
    Ok(())
}

/// Whether this is the PIN of the account's card; a try of it is gone either way.
///
/// # Errors
/// `access.wrong_pin` with the tries left, or `access.card_blocked`, at the field `pin`.
pub(crate) async fn prove(
    app: &App,
    community: CommunityId,
    account: AccountId,
    kept: &Verifier,
    pin: String,
) -> Result<(), Refusal> {
    let system = Credential::System(community);
    let tried = app.gate().perform(system, receipt(app), PinTry { account }).await?;
    let short = pin.chars().count() <= *rules::PIN_DIGITS.end();
    if short && verifier::check(Some(kept.clone()), pin).await? {
        return Ok(());
    }
    let fault = match tried.left {
        0 => Fault::new("access.card_blocked"),
        left => Fault::new("access.wrong_pin").with("left", left),
    };
    Err(Refusal::field("pin", fault))
}

/// The verifier of a PIN that somebody chose and typed twice.
///
/// # Errors
/// What is wrong with it, at the fields `new_pin` and `new_pin_again`.
pub(crate) async fn chosen(app: &App, typed: &Typed) -> Result<Verifier, Refusal> {
    let read = |field: &str| rules::plain(typed.get(field).map_or("", String::as_str));
    let (pin, again) = (read("new_pin"), read("new_pin_again"));
    let mut faults = Vec::new();
    let mut complain = |field: &str, fault: Fault| {
        faults.push(FieldFault { field: field.to_owned(), fault });
    };
    if let Err(fault) = rules::check_pin(&pin) {
        complain("new_pin", fault);
    } else if pin != again {
        complain("new_pin_again", Fault::new("access.pin_differs"));
    }
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    verifier::make(pin, app.gate().chance().clone()).await
}
