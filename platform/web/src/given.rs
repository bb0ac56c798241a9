//! What a caller gave, whatever its wrapping: JSON body, form, query and path become one object,
//! which is parsed into a typed action or view. Refusals name the field as the caller sent it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use gate::{FieldFault, Receipt, Refusal};
use kernel::Fault;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::who::Caller;

/// A body larger than this is refused before it is read: 3 longest texts and their wrapping.
pub const BODY_MAX: usize = 256 * 1024;

/// What WeChat appends to the address of a page that somebody passes on.
const PASSED_ON: [&str; 2] = ["from", "isappinstalled"];
/// Faults told at once: more than anybody mends in one go.
const FAULTS_MAX: usize = 50;

/// Nested names (`children.0.text`) deeper than this are nobody's form.
const DEPTH_MAX: usize = 4;

/// The fields a caller sent.
#[derive(Debug, Clone)]
pub struct Given {
    fields: Map<String, Json>,
    /// Fields beginning with `_`: the form's own, never the action's.
    own: BTreeMap<String, String>,
    /// Path parameters win over everything else.
    params: BTreeMap<String, String>,
    /// Everything arrived as text and may need to become a number or a truth.
    textual: bool,
}

impl Given {
    /// From the URL of the API: every name in it is meant for the view.
    pub fn of_query(params: BTreeMap<String, String>, query: BTreeMap<String, String>) -> Given {
        let mut given = Given::of_pairs(params, []);
        for (name, value) in query {
            if !value.is_empty() {
                place(&mut given.fields, &name, value);
            }
        }
        given
    }

    /// From the URL of a page, where [`PASSED_ON`] and names of the page's own mean nothing.
    pub fn of_address(params: BTreeMap<String, String>, query: BTreeMap<String, String>) -> Given {
        let meant = |(name, _): &(String, String)| !PASSED_ON.contains(&name.as_str());
        Given::of_pairs(params, query.into_iter().filter(meant))
    }

    /// From text fields, wherever they came from (also a multipart form's).
    pub fn of_pairs(
        params: BTreeMap<String, String>,
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Given {
        let mut given = Given { fields: Map::new(), own: BTreeMap::new(), params, textual: true };
        for (name, value) in pairs {
            if name.starts_with('_') {
                given.own.insert(name, value);
                continue;
            }
            let value = without_unseen(value);
            if !value.is_empty() {
                place(&mut given.fields, &name, value);
            }
        }
        given
    }

    /// From a form.
    ///
    /// # Errors
    /// When the body is not an encoded form or is over [`BODY_MAX`].
    pub async fn of_form(
        params: BTreeMap<String, String>,
        request: Request,
    ) -> Result<Given, Refusal> {
        let body = body(request, "application/x-www-form-urlencoded").await?;
        let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(&body)
            .map_err(|_| Refusal::field("", Fault::new("fault.not_a_form")))?;
        Ok(Given::of_pairs(params, pairs))
    }

    /// From a JSON body; an empty body is an empty object.
    ///
    /// # Errors
    /// When the body is not a JSON object or is over [`BODY_MAX`].
    pub async fn of_json(
        params: BTreeMap<String, String>,
        request: Request,
    ) -> Result<Given, Refusal> {
        let body = body(request, "application/json").await?;
        let fields = if body.is_empty() {
            Map::new()
        } else {
            match serde_json::from_slice(&body) {
                Ok(Json::Object(fields)) => fields,
                Ok(_) => return Err(Refusal::field("", Fault::new("fault.not_json_object"))),
                Err(error) => {
                    let fault = Fault::new("fault.not_json").with("line", error.line());
                    return Err(Refusal::field("", fault.with("column", error.column())));
                }
            }
        };
        Ok(Given { fields, own: BTreeMap::new(), params, textual: false })
    }

    /// The receipt of this intention: the `Idempotency-Key` header, else the form's own hidden
    /// `_receipt`, else a new one. Any text is taken; what is not a UUID is hashed into one.
    ///
    /// # Errors
    /// A key longer than 255 characters.
    pub fn receipt(&self, caller: &Caller, chance: &gate::Chance) -> Result<Receipt, Refusal> {
        let key =
            caller.idempotency_key.as_deref().or(self.own.get("_receipt").map(String::as_str));
        let Some(key) = key else {
            return Ok(Receipt(Uuid::from_bytes(chance.bytes())));
        };
        if key.is_empty() || key.len() > 255 {
            return Err(Refusal::field("Idempotency-Key", Fault::new("fault.bad_key")));
        }
        let id = Uuid::parse_str(key).unwrap_or_else(|_| {
            let hash = Sha256::digest(key.as_bytes());
            let mut id = [0; 16];
            id.copy_from_slice(&hash[..16]);
            Uuid::from_bytes(id)
        });
        Ok(Receipt(id))
    }

    /// The fields as the typed action reads them.
    fn prepared(&self, coercion: &Coercion) -> Map<String, Json> {
        let mut fields = self.fields.clone();
        if self.textual {
            coercion.apply(&mut fields);
        }
        for (name, value) in &self.params {
            fields.insert(name.clone(), Json::String(value.clone()));
        }
        fields
    }

    /// What was typed, to show it again: dotted name and value.
    pub fn typed(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        flatten("", &Json::Object(self.fields.clone()), &mut all);
        all.extend(self.own.clone());
        all
    }

    /// Faults under the names their fields have in the form: there the parts of a list keep their
    /// numbers, while in the list that was read the gaps between them are closed.
    pub fn named_as_typed(&self, refusal: Refusal) -> Refusal {
        refusal.renamed(|field| self.name_as_typed(field).unwrap_or_else(|| field.to_owned()))
    }

    /// `parts[0].text` of the list is `parts[2].text` of a form whose first two parts are empty.
    fn name_as_typed(&self, field: &str) -> Option<String> {
        let (list, place, rest) = in_list(field)?;
        let parts = self.fields.get(&list)?.as_object()?;
        let mut numbers: Vec<usize> = parts.keys().filter_map(|key| key.parse().ok()).collect();
        numbers.sort_unstable();
        let number = numbers.get(place)?;
        Some(format!("{list}[{number}]{rest}"))
    }

    /// Fields named `_at_…` belong to the page the form stands on, without the prefix.
    pub fn context(&self) -> BTreeMap<String, String> {
        let own = self.own.iter();
        own.filter_map(|(name, value)| {
            name.strip_prefix("_at_").map(|name| (name.to_owned(), value.clone()))
        })
        .collect()
    }
}

async fn body(request: Request, expected: &str) -> Result<Bytes, Refusal> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.map(|kind| kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase());
    if kind.is_some_and(|kind| kind != expected) {
        let fault = Fault::new("fault.media_type").with("expected", expected);
        return Err(Refusal::Unsupported(fault));
    }
    Bytes::from_request(request, &())
        .await
        .map_err(|_| Refusal::field("", Fault::new("fault.body_too_large").with("max", BODY_MAX)))
}

/// What was copied out of a chat or a file brings signs along that nobody sees and nobody could
/// find to delete: they are taken off what a person sends. A program is told instead.
fn without_unseen(mut value: String) -> String {
    value.retain(|sign| !kernel::text::is_garbling(sign));
    value
}

/// Puts `children.0.text` where it belongs.
fn place(fields: &mut Map<String, Json>, name: &str, value: String) {
    let mut parts = name.splitn(DEPTH_MAX, '.');
    let first = parts.next().unwrap_or_default().to_owned();
    let rest: Vec<&str> = parts.collect();
    let slot = fields.entry(first).or_insert(Json::Null);
    set(slot, &rest, value);
}

fn set(slot: &mut Json, path: &[&str], value: String) {
    let Some((head, rest)) = path.split_first() else {
        match slot {
            Json::Null => *slot = Json::String(value),
            // A name sent twice is a list: ticked boxes.
            Json::Array(list) => list.push(Json::String(value)),
            _ => *slot = Json::Array(vec![slot.take(), Json::String(value)]),
        }
        return;
    };
    if !slot.is_object() {
        *slot = Json::Object(Map::new());
    }
    if let Json::Object(map) = slot {
        set(map.entry(*head).or_insert(Json::Null), rest, value);
    }
}

fn flatten(prefix: &str, value: &Json, into: &mut BTreeMap<String, String>) {
    let name =
        |key: &str| if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
    match value {
        Json::Object(map) => map.iter().for_each(|(key, value)| flatten(&name(key), value, into)),
        Json::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(at, value)| flatten(&name(&at.to_string()), value, into));
        }
        Json::String(text) => drop(into.insert(prefix.to_owned(), text.clone())),
        Json::Null => {}
        Json::Bool(_) | Json::Number(_) => drop(into.insert(prefix.to_owned(), value.to_string())),
    }
}

/// How the text fields of a form become what a type expects, read off its JSON schema.
#[derive(Debug)]
pub struct Coercion {
    properties: BTreeMap<String, Vec<String>>,
    /// Fields that have no default.
    required: Vec<String>,
    /// A struct has these fields and no others, whether or not it says so to serde.
    is_closed: bool,
}

impl Coercion {
    pub fn of<T: JsonSchema>() -> Arc<Coercion> {
        let schema = schemars::SchemaGenerator::default().into_root_schema_for::<T>();
        let extra = schema.get("additionalProperties").is_some_and(|extra| *extra != false);
        let is_closed = schema.get("type").is_some_and(|kind| *kind == "object") && !extra;
        let properties = schema.get("properties").and_then(Json::as_object);
        let properties = properties.into_iter().flatten().map(|(name, property)| {
            let kinds = match property.get("type") {
                Some(Json::String(kind)) => vec![kind.clone()],
                Some(Json::Array(kinds)) => {
                    kinds.iter().filter_map(Json::as_str).map(str::to_owned).collect()
                }
                _ => Vec::new(),
            };
            (name.clone(), kinds)
        });
        let required = schema.get("required").and_then(Json::as_array).into_iter().flatten();
        let required = required.filter_map(Json::as_str).map(str::to_owned).collect();
        Arc::new(Coercion { properties: properties.collect(), required, is_closed })
    }

    /// Names that mean nothing and names that are left out. A misspelt name must not be taken for
    /// one that was left out: a filter would show too much.
    fn faults_of_names(&self, given: &Given) -> Vec<FieldFault> {
        let fault = |name: &String, key: &'static str| FieldFault {
            field: name.clone(),
            fault: Fault::new(key),
        };
        let unknown = given.fields.keys().filter(|name| !self.properties.contains_key(*name));
        let unknown =
            unknown.filter(|_| self.is_closed).map(|name| fault(name, "fault.unknown_field"));
        let has =
            |name: &String| given.fields.contains_key(name) || given.params.contains_key(name);
        let missing = self.required.iter().filter(|name| !has(name));
        unknown.chain(missing.map(|name| fault(name, "fault.missing"))).collect()
    }

    fn apply(&self, fields: &mut Map<String, Json>) {
        for (name, value) in fields.iter_mut() {
            let Some(kinds) = self.properties.get(name) else { continue };
            let is = |kind: &str| kinds.iter().any(|one| one == kind);
            if is("array") {
                if value.is_object() {
                    number(value);
                } else if value.is_string() {
                    *value = Json::Array(vec![value.take()]);
                }
            } else if let Some(text) = value.as_str() {
                if is("integer")
                    && let Ok(number) = text.trim().parse::<i64>()
                {
                    *value = Json::from(number);
                } else if is("boolean") && matches!(text, "on" | "true" | "1" | "yes") {
                    *value = Json::Bool(true);
                } else if is("boolean") && matches!(text, "off" | "false" | "0" | "no") {
                    *value = Json::Bool(false);
                }
            }
        }
    }
}

/// A list of numbered fields, `parts.0` and `parts.2`, and the lists in its parts: gaps close.
fn number(value: &mut Json) {
    let Json::Object(numbered) = value else { return };
    let mut list: Vec<(usize, Json)> = numbered
        .iter_mut()
        .map(|(at, one)| (at.parse().unwrap_or(usize::MAX), one.take()))
        .collect();
    list.sort_by_key(|(at, _)| *at);
    for part in list.iter_mut().filter_map(|(_, one)| one.as_object_mut()) {
        let is_number = |key: &String| key.parse::<usize>().is_ok();
        let numbers = |inner: &Json| inner.as_object().is_some_and(|all| all.keys().all(is_number));
        part.values_mut().filter(|inner| numbers(inner)).for_each(number);
    }
    *value = Json::Array(list.into_iter().map(|(_, one)| one).collect());
}

/// Parses what was given into a typed action or view.
///
/// # Errors
/// [`Refusal::Invalid`] naming every field that is unknown, missing or wrong; one fault of each
/// part of a list.
pub fn parse<T: DeserializeOwned>(given: &Given, coercion: &Coercion) -> Result<T, Refusal> {
    let mut faults = coercion.faults_of_names(given);
    let mut fields = given.prepared(coercion);
    fields.retain(|name, _| !faults.iter().any(|fault| fault.field == *name));
    let mut gone: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    loop {
        let mut wrong = match deserialize::<T>(fields.clone()) {
            Ok(parsed) if faults.is_empty() => return Ok(parsed),
            Ok(_) => return Err(Refusal::Invalid(faults)),
            Err(fault) => fault,
        };
        // A path parameter that is no id is an address that does not exist.
        if given.params.contains_key(&wrong.field) {
            return Err(Refusal::NotFound);
        }
        // serde asks for what is missing once it has read what is there: nothing more is wrong
        // with that, and what is missing now was taken out because of its own fault.
        let is_missing = wrong.fault.key == "fault.missing" && !faults.is_empty();
        if is_missing && !fields.contains_key(top(&wrong.field)) {
            return Err(Refusal::Invalid(faults));
        }
        // Without the faulty part the rest may be read, and says what is wrong with it.
        let taken = take_out(&mut fields, &mut gone, &mut wrong.field)
            || fields.remove(top(&wrong.field)).is_some();
        faults.push(wrong);
        if !taken || faults.len() >= FAULTS_MAX {
            return Err(Refusal::Invalid(faults));
        }
    }
}

/// The field of the object itself that a fault lies in: `terms` of `terms.answer.u3`.
fn top(field: &str) -> &str {
    field.split(['.', '[']).next().unwrap_or(field)
}

fn deserialize<T: DeserializeOwned>(fields: Map<String, Json>) -> Result<T, FieldFault> {
    serde_path_to_error::deserialize(Json::Object(fields)).map_err(|error| {
        let path = error.path().to_string();
        let (field, fault) = explain(&path, &error.into_inner().to_string());
        FieldFault { field, fault }
    })
}

/// Takes the part that a fault lies in out of its list, and names the fault by the place the part
/// had before others were taken out. False when it lies in no list.
fn take_out(
    fields: &mut Map<String, Json>,
    gone: &mut BTreeMap<String, Vec<usize>>,
    field: &mut String,
) -> bool {
    let Some((list, place, rest)) = in_list(field) else { return false };
    let Some(Json::Array(parts)) = fields.get_mut(&list) else { return false };
    if place >= parts.len() {
        return false;
    }
    parts.remove(place);
    let gone = gone.entry(list.clone()).or_default();
    let mut left = (0..).filter(|at| !gone.contains(at));
    // Endless, so there is a place for every part.
    let had = left.nth(place).unwrap_or(place);
    gone.push(had);
    *field = format!("{list}[{had}]{rest}");
    true
}

/// `parts[1].text` as list, place and rest.
fn in_list(field: &str) -> Option<(String, usize, String)> {
    let (list, rest) = field.split_once('[')?;
    let (place, rest) = rest.split_once(']')?;
    Some((list.to_owned(), place.parse().ok()?, rest.to_owned()))
}

/// Serde's own sentence, as field and word key.
fn explain(path: &str, message: &str) -> (String, Fault) {
    let path = if path == "." { "" } else { path };
    let quoted = || message.split('`').nth(1).unwrap_or_default();
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    if message.starts_with("missing field") {
        return (below(quoted()), Fault::new("fault.missing"));
    }
    if message.starts_with("unknown field") {
        // serde_path_to_error already points at the field itself.
        let name = if path.ends_with(quoted()) { path.to_owned() } else { below(quoted()) };
        return (name, Fault::new("fault.unknown_field"));
    }
    if message.starts_with("unknown variant") {
        return (path.to_owned(), Fault::new("fault.unknown_choice"));
    }
    match Fault::parse(message) {
        Some(fault) => (path.to_owned(), fault),
        None => (path.to_owned(), Fault::new("fault.wrong_type")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Line;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        id: Uuid,
        text: Line<5>,
        count: Option<i64>,
        #[serde(default)]
        yes: bool,
        #[serde(default)]
        parts: Vec<Part>,
    }

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    struct Part {
        text: Line<5>,
    }

    fn parsed(pairs: &[(&str, &str)]) -> Result<Asked, Refusal> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let id = ("id".to_owned(), Uuid::from_u128(1).to_string());
        parse(&Given::of_pairs([id].into(), pairs), &Coercion::of::<Asked>())
    }

    #[track_caller]
    fn refused(pairs: &[(&str, &str)], field: &str, key: &str) {
        match parsed(pairs) {
            Err(Refusal::Invalid(faults)) => {
                assert_eq!((faults[0].field.as_str(), faults[0].fault.key), (field, key));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let parsed = parsed(&[
            ("count", "many"),
            ("colour", "red"),
            ("parts.0.text", "一二三四五六"),
            ("yes", "perhaps"),
        ]);
        let Err(Refusal::Invalid(faults)) = parsed else { panic!("{parsed:?}") };
        let mut named: Vec<(&str, &str)> =
            faults.iter().map(|one| (one.field.as_str(), one.fault.key)).collect();
        named.sort_unstable();
        assert_eq!(
            named,
            [
                ("colour", "fault.unknown_field"),
                ("count", "fault.wrong_type"),
                ("parts[0].text", "fault.too_long"),
                ("text", "fault.missing"),
                ("yes", "fault.wrong_type"),
            ]
        );
    }

    #[test]
    fn a_form_becomes_numbers_truths_and_lists() {
        let asked = parsed(&[
            ("text", " 路灯 "),
            ("count", "3"),
            ("yes", "on"),
            ("parts.2.text", "乙"),
            ("parts.0.text", "甲"),
            ("_receipt", "x"),
            ("empty", ""),
        ]);
        let asked = asked.expect("parsed");
        assert_eq!((asked.text.as_str(), asked.count, asked.yes), ("路灯", Some(3), true));
        let parts: Vec<&str> = asked.parts.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(parts, ["甲", "乙"], "gaps close, order stays");
    }

    #[test]
    fn what_nobody_sees_is_taken_off_a_form() {
        let asked = parsed(&[("text", "a\u{202e}b\u{7}\u{2066}")]).expect("parsed");
        assert_eq!(asked.text.as_str(), "ab");
    }

    #[test]
    fn each_refusal_names_its_field() {
        refused(&[], "text", "fault.missing");
        refused(&[("text", "一二三四五六")], "text", "fault.too_long");
        refused(&[("text", "好"), ("count", "many")], "count", "fault.wrong_type");
        refused(&[("text", "好"), ("colour", "red")], "colour", "fault.unknown_field");
        refused(
            &[("text", "好"), ("parts.0.text", "一二三四五六")],
            "parts[0].text",
            "fault.too_long",
        );
    }

    /// A view that says nothing to serde about unknown fields.
    #[derive(Debug, Default, Deserialize, JsonSchema, PartialEq)]
    struct Looked {
        stage: Option<String>,
    }

    #[derive(Debug, Default, Deserialize, JsonSchema, PartialEq)]
    struct Nothing {}

    fn unknown<T: DeserializeOwned + JsonSchema + std::fmt::Debug>(given: &Given) -> Vec<String> {
        match parse::<T>(given, &Coercion::of::<T>()) {
            Ok(_) => Vec::new(),
            Err(Refusal::Invalid(faults)) => {
                assert!(faults.iter().all(|one| one.fault.key == "fault.unknown_field"));
                faults.into_iter().map(|one| one.field).collect()
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_misspelt_name_of_a_query_is_named() {
        let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let asked = pairs(&[("stge", "closed"), ("stage", "closed"), ("_x", "1"), ("from", "a")]);
        let of_query = Given::of_query(BTreeMap::new(), asked.clone());
        assert_eq!(unknown::<Looked>(&of_query), ["_x", "from", "stge"]);
        assert_eq!(unknown::<Nothing>(&of_query), ["_x", "from", "stage", "stge"]);
        let of_address = Given::of_address(BTreeMap::new(), asked);
        assert_eq!(unknown::<Looked>(&of_address), ["stge"]);
        let passed_on = pairs(&[("from", "singlemessage"), ("isappinstalled", "0")]);
        let of_address = Given::of_address(pairs(&[("stage", "x")]), passed_on);
        assert_eq!(unknown::<Looked>(&of_address), [""; 0]);
    }

    #[test]
    fn every_faulty_part_of_a_list_is_named_in_its_place() {
        let parsed = parsed(&[
            ("text", "好"),
            ("parts.0.text", "一二三四五六"),
            ("parts.1.text", "好"),
            ("parts.2.text", "七个字太长了呀"),
            ("parts.3.text", "一二三四五六七"),
        ]);
        let Err(Refusal::Invalid(faults)) = parsed else { panic!("{parsed:?}") };
        let named: Vec<&str> = faults.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(named, ["parts[0].text", "parts[2].text", "parts[3].text"]);
    }

    #[test]
    fn a_path_that_is_no_id_does_not_exist() {
        let id = ("id".to_owned(), "../../etc".to_owned());
        let given = Given::of_pairs([id].into(), [("text".to_owned(), "好".to_owned())]);
        let parsed = parse::<Asked>(&given, &Coercion::of::<Asked>());
        assert!(matches!(parsed, Err(Refusal::NotFound)), "{parsed:?}");
    }

    #[test]
    fn a_form_cannot_overwrite_what_the_path_says() {
        let asked = parsed(&[("text", "好"), ("id", &Uuid::from_u128(2).to_string())]);
        assert_eq!(asked.expect("parsed").id, Uuid::from_u128(1));
    }
}
