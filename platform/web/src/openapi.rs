//! The OpenAPI 3.1 document, made from the same types that parse requests and write answers.

use axum::http::StatusCode;
use gate::{Action, View};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value as Json, json};

use crate::limits::Limits;

/// One operation of the document.
pub struct Operation {
    method: &'static str,
    path: String,
    id: String,
    success: u16,
    describe: fn(&mut SchemaGenerator) -> (Json, Json),
    /// What it is for.
    says: fn() -> String,
    /// Set for bodies that are not JSON.
    media: &'static str,
}

impl Operation {
    pub(crate) fn view<V: View>(path: &'static str) -> Operation {
        Operation {
            method: "get",
            path: format!("/api{path}"),
            id: V::NAME.to_owned(),
            success: 200,
            describe: |generator| (schema::<V>(generator), schema::<V::Body>(generator)),
            says: says::<V>,
            media: "application/json",
        }
    }

    pub(crate) fn act<A: Action>(path: &'static str, made: StatusCode) -> Operation {
        Operation {
            method: "post",
            path: format!("/api{path}"),
            id: A::NAME.to_owned(),
            success: made.as_u16(),
            describe: |generator| (schema::<A>(generator), schema::<A::Done>(generator)),
            says: says::<A>,
            media: "application/json",
        }
    }

    /// A raw route `POST /api{path}` that does `A` and answers with what `A` itself must not keep.
    pub fn act_answering<A: Action, Answered: JsonSchema>(
        path: &'static str,
        made: StatusCode,
    ) -> Operation {
        Operation {
            describe: |generator| (schema::<A>(generator), schema::<Answered>(generator)),
            ..Operation::act::<A>(path, made)
        }
    }

    /// A raw route `GET /api{path}` that answers with more than `V` itself.
    pub fn view_answering<V: View, Answered: JsonSchema>(path: &'static str) -> Operation {
        Operation {
            describe: |generator| (schema::<V>(generator), schema::<Answered>(generator)),
            ..Operation::view::<V>(path)
        }
    }

    /// A raw route `POST /api{path}` that only looks: what it is asked with is too private, or too
    /// long, for an address.
    pub fn asked_by_post<V: View>(path: &'static str) -> Operation {
        Operation {
            method: "post",
            path: format!("/api{path}"),
            id: V::NAME.to_owned(),
            success: 200,
            describe: |generator| (schema::<V>(generator), schema::<V::Body>(generator)),
            says: says::<V>,
            media: "application/json",
        }
    }

    /// A raw route under `/api{path}` whose body is a form with files in the field `photos` and
    /// whose answer is `Done`.
    pub fn upload<Done: JsonSchema>(path: &'static str, id: &str) -> Operation {
        Operation {
            method: "post",
            path: format!("/api{path}"),
            id: id.to_owned(),
            success: 201,
            describe: |generator| {
                let file = json!({"type": "object", "properties": {
                    "photos": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                    "required": ["photos"]});
                (file, schema::<Done>(generator))
            },
            says: || "Adds photos to a request.".to_owned(),
            media: "multipart/form-data",
        }
    }

    /// A raw route under `/api{path}` whose body is a form with a table in the field `file` and
    /// whose answer is `Done`.
    pub fn table<Done: JsonSchema>(path: &'static str, id: &str) -> Operation {
        Operation {
            describe: |generator| {
                let file = json!({"type": "object", "properties": {
                    "file": {"type": "string", "format": "binary"}}, "required": ["file"]});
                (file, schema::<Done>(generator))
            },
            says: || "Keeps a table of the register until it is brought in or dropped.".to_owned(),
            ..Operation::upload::<Done>(path, id)
        }
    }

    pub fn method(&self) -> &'static str {
        self.method
    }

    pub fn path(&self) -> &str {
        &self.path
    }
}

/// The sentences over the type, which say what asking with it does.
fn says<T: JsonSchema>() -> String {
    let schema = SchemaGenerator::default().into_root_schema_for::<T>();
    schema.get("description").and_then(Json::as_str).unwrap_or_default().replace('\n', " ")
}

/// How an operation may end other than well: the statuses that `answer.rs` gives, and their meaning.
const ENDS: [(&str, &str, bool); 8] = [
    ("401", "Nobody is signed in, or the token is not valid.", true),
    ("403", "The reader may know that it exists, and may not do this to it.", false),
    ("404", "There is no such thing, or it is not for this reader.", true),
    ("409", "A rule says no, or somebody changed it meanwhile (`current_version`).", false),
    ("415", "The body is of another content type or holds another kind of file.", false),
    ("422", "Fields are unknown, missing or wrong: `errors` names each of them.", true),
    ("429", "Too many attempts; `Retry-After` says when to come back.", true),
    ("503", "Too much is in work; `Retry-After` says when to come back.", true),
];

fn responses(operation: &Operation, answered: &Json) -> Json {
    let mut all = json!({
        operation.success.to_string(): {
            "description": "Done.",
            "content": {"application/json": {"schema": answered}},
        },
        "default": {"$ref": "#/components/responses/Problem"},
    });
    let looks = operation.method == "get";
    for (status, meaning, of_looks) in ENDS {
        if of_looks || !looks {
            all[status] = json!({
                "description": meaning,
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            });
        }
    }
    all
}

fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Json {
    serde_json::to_value(generator.subschema_for::<T>()).unwrap_or(Json::Bool(true))
}

/// Writes the document.
pub(crate) fn document(operations: &[Operation], version: &str) -> String {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut generator = settings.into_generator();
    let mut paths: Map<String, Json> = Map::new();
    for operation in operations {
        let (asked, answered) = (operation.describe)(&mut generator);
        let entry = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        entry[operation.method] = describe(operation, &generator, asked, answered);
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem());
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lianhu",
            "version": version,
            "description": "The same actions and views as the pages. Errors are application/problem+json and name the field. Send an Idempotency-Key header with every POST: the same key is applied once.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {"Problem": {
                "description": "Why nothing was changed (RFC 9457).",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }},
        },
    });
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// How long the text fields of each action may be.
pub(crate) fn limits(operations: &[Operation]) -> Limits {
    let mut generator = SchemaGenerator::default();
    let mut limits = Limits::default();
    for operation in operations.iter().filter(|one| one.method == "post") {
        let (asked, _) = (operation.describe)(&mut generator);
        limits.learn(&operation.id, &resolve(&asked, &generator));
    }
    limits
}

fn describe(
    operation: &Operation,
    generator: &SchemaGenerator,
    asked: Json,
    answered: Json,
) -> Json {
    let in_path: Vec<&str> =
        operation.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
    let mut parameters: Vec<Json> = in_path
        .iter()
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    let asked = resolve(&asked, generator);
    let says = (operation.says)();
    let summary = says.split_inclusive(['.', '。']).next().unwrap_or_default().trim();
    let mut described = json!({
        "operationId": operation.id,
        "summary": summary.trim_end_matches('.'),
        "description": says,
        "responses": responses(operation, &answered),
    });
    if operation.method == "get" {
        let properties = asked["properties"].as_object().cloned().unwrap_or_default();
        for (name, schema) in properties {
            if !in_path.contains(&name.as_str()) {
                parameters.push(json!({"name": name, "in": "query", "schema": schema}));
            }
        }
    } else {
        let mut body = asked;
        // What stands in the path is not asked for again in the body.
        if let Some(properties) = body.get_mut("properties").and_then(Json::as_object_mut) {
            properties.retain(|name, _| !in_path.contains(&name.as_str()));
        }
        if let Some(required) = body.get_mut("required").and_then(Json::as_array_mut) {
            required.retain(|name| !in_path.contains(&name.as_str().unwrap_or_default()));
        }
        described["requestBody"] = json!({"content": {operation.media: {"schema": body}}});
        parameters.push(json!({"name": "Idempotency-Key", "in": "header", "schema": {
            "type": "string", "maxLength": 255}}));
    }
    described["parameters"] = Json::Array(parameters);
    described
}

/// The schema itself where a reference to it was given.
fn resolve(schema: &Json, generator: &SchemaGenerator) -> Json {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    let found = name.and_then(|name| generator.definitions().get(name));
    found.cloned().unwrap_or_else(|| schema.clone())
}

fn problem() -> Json {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "key": {"type": "string"},
            "instance": {"type": "string", "description": "An id to quote when reporting."},
            "errors": {"type": "array", "items": {"type": "object", "properties": {
                "field": {"type": "string"}, "key": {"type": "string"},
                "message": {"type": "string"}}}},
        },
    })
}
