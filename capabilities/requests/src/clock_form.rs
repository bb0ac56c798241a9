//! The form of the clocks: a number and a unit for each term, a day from which they hold, and the
//! calendar's text. It becomes the same [`SetClocks`] that the API takes.

use std::collections::BTreeMap;

use axum::extract::{Request, State};
use axum::response::Response;
use gate::{Action, Declared, FieldFault, Refusal};
use kernel::{Day, Fault, Within};
use serde_json::{Value as Json, json};
use web::{Answer, App, Caller, Coercion, Given, Routes};

use crate::actions::clocks::SetClocks;
use crate::forms;
use crate::rules::clocks::ClockPolicy;
use crate::views::clocks::ShowClocks;

pub(crate) fn routes(routes: &mut Routes) {
    let sets = [Declared { name: SetClocks::NAME, resource: SetClocks::RESOURCE }];
    routes.raw("POST", "/clocks", &sets, set);
}

async fn set(State(app): State<App>, caller: Caller, request: Request) -> Response {
    let given = match forms::sent(&caller, request).await {
        Ok(given) => given,
        Err(refusal) => return Answer::new(&app, &caller).refusal_page(&refusal),
    };
    let done = put_in_force(&app, &caller, &given).await;
    forms::answer(&app, &caller, SetClocks::NAME, &given, done, ShowClocks {}).await
}

async fn put_in_force(app: &App, caller: &Caller, given: &Given) -> Result<String, Refusal> {
    let edition = edition(&given.typed(), app.gate().now().day())?;
    let action = web::parse::<SetClocks>(
        &Given::of_pairs(BTreeMap::new(), edition),
        &Coercion::of::<SetClocks>(),
    )?;
    let receipt = given.receipt(caller, app.gate().chance())?;
    app.gate().perform(caller.credential(app)?, receipt, action).await?;
    Ok("/clocks".to_owned())
}

/// The fields of the action, or everything wrong with those of the form.
fn edition(typed: &BTreeMap<String, String>, today: Day) -> Result<Vec<(String, String)>, Refusal> {
    let mut faults = Vec::new();
    let mut complain = |field: String, fault: Fault| faults.push(FieldFault { field, fault });
    let of = |field: &str| typed.get(field).map_or("", |value| value.trim());
    let mut terms = json!({});
    // The built-in edition has every term there is.
    for (name, _) in ClockPolicy::built_in().terms.named() {
        let (amount, unit) = (format!("amount.{name}"), format!("unit.{name}"));
        let written = format!("{}{}", of(&amount), of(&unit));
        match Within::parse(&written) {
            Ok(within) if within.amount > 0 => place(&mut terms, &name, &written),
            Ok(_) => complain(amount, Fault::new("fault.term_needed")),
            Err(fault) if fault.key == "fault.not_a_term" => {
                complain(amount, Fault::new("fault.term_needed"));
            }
            Err(fault) => complain(amount, fault),
        }
    }
    let mut edition = vec![
        ("version".to_owned(), of("version").to_owned()),
        ("terms".to_owned(), terms.to_string()),
        ("calendar".to_owned(), of("calendar").to_owned()),
    ];
    match of("from_on") {
        "" => {}
        written => match Day::parse(written) {
            Ok(day) if day < today => {
                complain("from_on".to_owned(), Fault::new("rule.clocks_not_backdated"));
            }
            // Today is from now on: the day has begun already.
            Ok(day) if day == today => {}
            Ok(day) => edition.push(("from_at".to_owned(), day.start().to_string())),
            Err(fault) => complain("from_on".to_owned(), fault),
        },
    }
    if faults.is_empty() { Ok(edition) } else { Err(Refusal::Invalid(faults)) }
}

/// `answer.u3` belongs into the object `answer`.
fn place(terms: &mut Json, name: &str, written: &str) {
    match name.split_once('.') {
        Some((group, field)) => terms[group][field] = json!(written),
        None => terms[name] = json!(written),
    }
}
