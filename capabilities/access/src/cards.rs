//! Cards: the paper a colleague signs in with. Its secret is in the answer to the one request that
//! issued it and nowhere else, so these routes are laid by hand: an act's own answer is kept.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use gate::{Action, Declared, Refusal, View};
use kernel::AccountId;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, App, Caller, Coercion, FormState, Given, Operation, Routes, Secret, Shell};

use crate::actions::staff::{CardIssue, CardIssued, mark};
use crate::doors;
use crate::views::several::CardsWanted;
use crate::views::staff::{AccountRead, AccountShown};

/// The notice over an account whose card was shown already.
const SHOWN: &str = "card.shown";

/// The notice over the list when everybody has a card.
const NONE_WANTED: &str = "card.none_wanted";

type Params = Path<BTreeMap<String, String>>;

/// A card as a program gets it, once.
#[derive(Serialize, JsonSchema)]
pub struct CardGiven {
    pub account: AccountId,
    /// Where its holder signs in: `/enter/lh_…`, on this server.
    pub link: String,
}

pub(crate) fn routes(routes: &mut Routes) {
    let issues = [Declared { name: CardIssue::NAME, resource: CardIssue::RESOURCE }];
    let wants = [
        Declared { name: CardsWanted::NAME, resource: CardsWanted::RESOURCE },
        Declared { name: CardIssue::NAME, resource: CardIssue::RESOURCE },
    ];
    routes.raw("POST", "/accounts/cards", &wants, print_all);
    routes.raw("POST", "/accounts/{account}/card", &issues, print);
    routes.raw("POST", "/api/accounts/{account}/card", &issues, give);
    let made = StatusCode::CREATED;
    routes.describe(Operation::act_answering::<CardIssue, CardGiven>(
        "/accounts/{account}/card",
        made,
    ));
}

async fn print(
    State(app): State<App>,
    Path(params): Params,
    caller: Caller,
    request: Request,
) -> Response {
    let answer = Answer::new(&app, &caller);
    if let Err(refusal) = caller.same_origin() {
        return answer.refusal_page(&refusal);
    }
    let issued = match Given::of_form(params, request).await {
        Ok(given) => issue(&app, &caller, &given).await,
        Err(refusal) => Err(refusal),
    };
    match issued {
        Ok((issued, Some(card))) => show(&app, &caller, issued.account, &card).await,
        // The page was loaded once more: what it showed is kept nowhere.
        Ok((issued, None)) => answer.see_other(&format!("/accounts/{}", issued.account), SHOWN),
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

async fn give(
    State(app): State<App>,
    Path(params): Params,
    caller: Caller,
    request: Request,
) -> Response {
    let answer = Answer::new(&app, &caller);
    let issued = match Given::of_json(params, request).await {
        Ok(given) => issue(&app, &caller, &given).await,
        Err(refusal) => Err(refusal),
    };
    let given = issued.and_then(|(issued, card)| {
        // A repetition cannot be answered alike, and must not say that nothing happened.
        let card = card.ok_or(Refusal::ReceiptReused)?;
        let link = format!("/enter/{}", card.reveal());
        Ok(CardGiven { account: issued.account, link })
    });
    answer.json(given, StatusCode::CREATED)
}

/// Issues a card; no secret when this receipt had issued one before.
async fn issue(
    app: &App,
    caller: &Caller,
    given: &Given,
) -> Result<(CardIssued, Option<Secret>), Refusal> {
    let mut action = web::parse::<CardIssue>(given, &Coercion::of::<CardIssue>())?;
    let receipt = given.receipt(caller, app.gate().chance())?;
    let credential = caller.credential(app)?;
    let card = Secret::new(credential.community(), app.gate().chance());
    action.card = Some(card);
    let issued = app.gate().perform(credential, receipt, action).await?;
    let fresh = issued.mark == mark(&card);
    Ok((issued, fresh.then_some(card)))
}

#[derive(Template)]
#[template(path = "card.html")]
struct CardPage<'a> {
    shell: &'a Shell<'a>,
    holder: &'a AccountShown,
    link: String,
}

async fn show(app: &App, caller: &Caller, account: AccountId, card: &Secret) -> Response {
    let answer = Answer::new(app, caller);
    let looked = match caller.credential(app) {
        Ok(credential) => app.gate().look(credential, AccountRead { account }).await,
        Err(refusal) => Err(refusal),
    };
    match looked {
        Ok(looked) => {
            let shell = Shell::new(app, caller, Some(looked.actor), FormState::none());
            let link = format!("{}/enter/{}", shell.origin(), card.reveal());
            let page = CardPage { shell: &shell, holder: &looked.body, link };
            answer.html(page.render(), StatusCode::CREATED)
        }
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

#[derive(Template)]
#[template(path = "cards.html")]
struct CardsPage<'a> {
    shell: &'a Shell<'a>,
    cards: &'a [(AccountShown, String)],
}

/// Cards for all who have none that was ever used. Whatever comes between, the button is pressed once
/// more: cards that nobody used are nobody's loss.
async fn print_all(State(app): State<App>, caller: Caller, request: Request) -> Response {
    let answer = Answer::new(&app, &caller);
    if let Err(refusal) = doors::from_our_page(&caller, BTreeMap::new(), request).await {
        return answer.refusal_page(&refusal);
    }
    match issue_all(&app, &caller).await {
        Ok(None) => answer.see_other("/accounts", NONE_WANTED),
        Ok(Some((actor, cards))) => {
            let shell = Shell::new(&app, &caller, Some(actor), FormState::none());
            let with_link = |(holder, card): (AccountShown, Secret)| {
                (holder, format!("{}/enter/{}", shell.origin(), card.reveal()))
            };
            let cards: Vec<_> = cards.into_iter().map(with_link).collect();
            let page = CardsPage { shell: &shell, cards: &cards };
            answer.html(page.render(), StatusCode::CREATED)
        }
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

type Printed = (gate::Actor, Vec<(AccountShown, Secret)>);

/// Issues them one after the other, each an act of its own; none when nobody wants one.
async fn issue_all(app: &App, caller: &Caller) -> Result<Option<Printed>, Refusal> {
    let credential = caller.credential(app)?;
    let wanted = app.gate().look(credential.clone(), CardsWanted {}).await?;
    let mut cards = Vec::with_capacity(wanted.body.accounts.len());
    for account in wanted.body.accounts {
        let card = Secret::new(credential.community(), app.gate().chance());
        let action = CardIssue { account, card: Some(card) };
        app.gate().perform(credential.clone(), doors::receipt(app), action).await?;
        let holder = app.gate().look(credential.clone(), AccountRead { account }).await?;
        cards.push((holder.body, card));
    }
    Ok(if cards.is_empty() { None } else { Some((wanted.actor, cards)) })
}
