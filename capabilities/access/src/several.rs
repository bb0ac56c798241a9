//! Several colleagues from a list: the form takes lines as they come out of a spreadsheet (name,
//! telephone, grid, places), and says of each line what is wrong with it.

use std::collections::BTreeMap;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use gate::{Action, Declared, FieldFault, Refusal};
use kernel::Fault;
use web::words::Lang;
use web::{Answer, App, Caller, Coercion, FormState, Given, Page, Routes, Shell};

use crate::actions::several::AccountAddSeveral;
use crate::doors::from_our_page;
use crate::views::several::SeveralForm;

const PATH: &str = "/accounts/several";

/// What parts the columns of a line: a spreadsheet's tabs, or commas of either kind.
const COLUMNS: [char; 3] = ['\t', ',', '，'];

/// What parts the places of a line.
const PLACES: [char; 4] = ['、', ';', '；', '/'];

pub(crate) fn routes(routes: &mut Routes) {
    const ADDS: &[Declared] =
        &[Declared { name: AccountAddSeveral::NAME, resource: AccountAddSeveral::RESOURCE }];
    routes.page_only::<SeveralForm>(PATH);
    routes.act::<AccountAddSeveral>(PATH, StatusCode::CREATED);
    routes.raw("POST", PATH, ADDS, add);
}

async fn add(State(app): State<App>, caller: Caller, request: Request) -> Response {
    let answer = Answer::new(&app, &caller);
    let given = match from_our_page(&caller, BTreeMap::new(), request).await {
        Ok(given) => given,
        Err(refusal) => return answer.refusal_page(&refusal),
    };
    match act(&app, &caller, &given).await {
        Ok(()) => answer.see_other("/accounts", AccountAddSeveral::NAME),
        Err(refusal) => {
            let form = FormState::refused(AccountAddSeveral::NAME, &given, refusal);
            show(&app, &caller, form).await
        }
    }
}

async fn act(app: &App, caller: &Caller, given: &Given) -> Result<(), Refusal> {
    let typed = given.typed();
    // A line that begins like the form's own first column is a heading.
    let heading = |lang| app.words().get(lang, "act.add.name").to_lowercase();
    let headings = [heading(Lang::Zh), heading(Lang::En)];
    let list = Given::of_pairs(BTreeMap::new(), fields(&typed, &headings));
    let done = async {
        let action = web::parse::<AccountAddSeveral>(&list, &Coercion::of::<AccountAddSeveral>())?;
        let receipt = given.receipt(caller, app.gate().chance())?;
        app.gate().perform(caller.credential(app)?, receipt, action).await
    };
    let told = |refusal| by_line(app, caller, list.named_as_typed(refusal));
    done.await.map(|_| ()).map_err(told)
}

async fn show(app: &App, caller: &Caller, form: FormState) -> Response {
    let answer = Answer::new(app, caller);
    if !form.keeps_page() {
        return answer.refusal_page(form.refusal());
    }
    let looked = match caller.credential(app) {
        Ok(credential) => app.gate().look(credential, SeveralForm {}).await,
        Err(refusal) => Err(refusal),
    };
    match looked {
        Ok(looked) => {
            let status = form.status();
            let shell = Shell::new(app, caller, Some(looked.actor), form);
            answer.html(SeveralForm::render(&looked.body, &shell), status)
        }
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

/// The fields of the act, where people keep the numbers of their lines.
fn fields(typed: &BTreeMap<String, String>, headings: &[String]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for name in ["role", "last_day"] {
        fields.extend(typed.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    let lines = typed.get("lines").map_or("", String::as_str).lines().enumerate();
    for (number, line) in lines.filter(|(_, line)| !is_nobody(line, headings)) {
        let mut columns = line.split(COLUMNS).map(str::trim);
        for name in ["name", "phone", "grid"] {
            let value = columns.next().unwrap_or_default();
            if name == "name" || !value.is_empty() {
                fields.push((format!("people.{number}.{name}"), value.to_owned()));
            }
        }
        let places = columns.flat_map(|column| column.split(PLACES)).map(str::trim);
        for (place, value) in places.filter(|place| !place.is_empty()).enumerate() {
            fields.push((format!("people.{number}.places.{place}"), value.to_owned()));
        }
    }
    fields
}

fn is_nobody(line: &str, headings: &[String]) -> bool {
    let first = line.split(COLUMNS).next().unwrap_or_default().trim().to_lowercase();
    line.trim().is_empty() || headings.contains(&first)
}

/// What is wrong with a person is said of their line in the one field there is.
fn by_line(app: &App, caller: &Caller, refusal: Refusal) -> Refusal {
    let Refusal::Invalid(faults) = refusal else { return refusal };
    let lang = caller.preferences.lang;
    let one = |FieldFault { field, fault }: FieldFault| {
        let inner = field.strip_prefix("people[").and_then(|rest| rest.split_once(']'));
        let Some((number, rest)) = inner else {
            let field = if field == "people" { "lines".to_owned() } else { field };
            return FieldFault { field, fault };
        };
        let column = rest.trim_start_matches('.').split(['.', '[']).next().unwrap_or_default();
        let line = number.parse::<usize>().unwrap_or_default() + 1;
        let told = Fault::new("access.on_line")
            .with("line", line)
            .with("column", app.words().get(lang, &format!("act.add.{column}")))
            .with("what", app.words().fault(lang, &fault));
        FieldFault { field: "lines".to_owned(), fault: told }
    };
    Refusal::Invalid(faults.into_iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Vec<(String, String)> {
        let typed = BTreeMap::from([("lines".to_owned(), lines.to_owned())]);
        fields(&typed, &["姓名".to_owned()])
    }

    fn field(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn lines_of_a_spreadsheet_become_people_under_their_numbers() {
        let lines = "姓名\t电话\t网格\t负责\n\n夏桂英\t0737-4220001\t第一网格\t3栋1单元、3栋2单元\n\
                     李建国，，第二网格\n 谢小兰";
        assert_eq!(
            read(lines),
            [
                field("people.2.name", "夏桂英"),
                field("people.2.phone", "0737-4220001"),
                field("people.2.grid", "第一网格"),
                field("people.2.places.0", "3栋1单元"),
                field("people.2.places.1", "3栋2单元"),
                field("people.3.name", "李建国"),
                field("people.3.grid", "第二网格"),
                field("people.4.name", "谢小兰"),
            ]
        );
    }

    #[test]
    fn a_line_without_a_name_is_somebody_without_a_name() {
        assert_eq!(
            read("，0737-4220001"),
            [field("people.0.name", ""), field("people.0.phone", "0737-4220001"),]
        );
        assert_eq!(read("  \n\t\n"), []);
    }
}
