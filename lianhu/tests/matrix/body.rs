//! Bodies for acts, made from the API document: the least that parses. What they must name is filled
//! in by [`super::things`].

use std::collections::BTreeMap;

use harness::Rig;
use serde_json::{Map, Value as Json, json};

/// The least body of every `POST`, by its path without `/api`.
pub async fn samples(rig: &Rig) -> BTreeMap<String, Json> {
    let document = rig.get("", "/api/openapi.json").await.expect(200).json();
    let paths = document["paths"].as_object().expect("the document has paths");
    let mut samples = BTreeMap::new();
    for (path, operations) in paths {
        let schema = &operations["post"]["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_object() {
            let path = path.trim_start_matches("/api").to_owned();
            samples.insert(path, sample("", schema, &document));
        }
    }
    samples
}

/// The least value that a schema takes.
fn sample(name: &str, schema: &Json, document: &Json) -> Json {
    if let Some(known) = known(name) {
        return known;
    }
    if let Some(path) = schema["$ref"].as_str() {
        let found =
            document.pointer(path.trim_start_matches('#')).expect("references lead somewhere");
        return sample(name, found, document);
    }
    if let Some(first) = schema["enum"].as_array().and_then(|all| all.first()) {
        return first.clone();
    }
    if !schema["const"].is_null() {
        return schema["const"].clone();
    }
    if let Some(first) = ["oneOf", "anyOf"].iter().find_map(|of| schema[of].as_array()?.first()) {
        return sample(name, first, document);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
    match kind {
        "boolean" => json!(true),
        "integer" | "number" => schema["minimum"].as_i64().map_or(json!(1), |least| json!(least)),
        "array" => json!([sample(name, &schema["items"], document)]),
        "string" => text(schema),
        _ => object(schema, document),
    }
}

fn object(schema: &Json, document: &Json) -> Json {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str);
    let fields =
        required.map(|name| (name.to_owned(), sample(name, &schema["properties"][name], document)));
    Json::Object(fields.collect::<Map<String, Json>>())
}

fn text(schema: &Json) -> Json {
    match schema["format"].as_str() {
        Some("uuid") => json!(super::things::ABSENT),
        Some("date") => json!("2026-12-18"),
        Some("date-time") => json!("2026-12-18T09:00:00+08:00"),
        _ => {
            let least = schema["minLength"].as_u64().unwrap_or(1).max(1);
            json!("字".repeat(usize::try_from(least).unwrap_or(1)))
        }
    }
}

/// What a field of this name takes, where its type alone does not say.
fn known(name: &str) -> Option<Json> {
    Some(match name {
        "phone" => json!("0737-4220001"),
        "calendar" => json!(include_str!("../../../platform/kernel/data/calendar.toml")),
        "terms" => json!({}),
        "query" => json!("stage=answered"),
        _ => return None,
    })
}

/// The same as fields of a form, as a browser would send them.
pub fn fields(body: &Json) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    lay("", body, &mut fields);
    fields
}

fn lay(name: &str, value: &Json, fields: &mut Vec<(String, String)>) {
    match value {
        Json::Object(all) => {
            for (key, value) in all {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                lay(&name, value, fields);
            }
        }
        Json::Array(all) => {
            for (number, value) in all.iter().enumerate() {
                let name = match value {
                    Json::Object(_) => format!("{name}.{number}"),
                    _ => name.to_owned(),
                };
                lay(&name, value, fields);
            }
        }
        Json::String(text) => fields.push((name.to_owned(), text.clone())),
        Json::Null => {}
        Json::Bool(_) | Json::Number(_) => fields.push((name.to_owned(), value.to_string())),
    }
}
