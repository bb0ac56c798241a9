//! How long what is typed may be, field by field of each action: as its own type says it, so that
//! a form tells the same limit before sending as the refusal would after.

use std::collections::HashMap;

use serde_json::Value as Json;

/// The most characters of each text field of each action.
#[derive(Debug, Default)]
pub struct Limits(HashMap<String, HashMap<String, u64>>);

impl Limits {
    /// Takes what an action is asked with, as its JSON schema.
    pub(crate) fn learn(&mut self, action: &str, schema: &Json) {
        let Some(properties) = schema["properties"].as_object() else { return };
        let limits = properties.iter().filter_map(|(name, one)| Some((name.clone(), most(one)?)));
        self.0.entry(action.to_owned()).or_default().extend(limits);
    }

    /// The most characters of a field; none where the action sets no limit on it.
    pub fn of(&self, action: &str, field: &str) -> Option<u64> {
        self.0.get(action)?.get(field).copied()
    }
}

/// The limit of a text; one that may be left out is a choice between a text and nothing.
fn most(schema: &Json) -> Option<u64> {
    let inner = schema["anyOf"].as_array().into_iter().flatten();
    std::iter::once(schema).chain(inner).find_map(|one| one["maxLength"].as_u64())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_limit_is_the_types_own_whether_or_not_the_field_may_be_left_out() {
        let mut limits = Limits::default();
        let text = |max: u64| json!({ "type": "string", "maxLength": max });
        let schema = json!({ "properties": {
            "text": text(1000),
            "note": { "anyOf": [text(80), { "type": "null" }] },
            "version": { "type": "integer" },
        }});
        limits.learn("request.answer", &schema);
        assert_eq!(limits.of("request.answer", "text"), Some(1000));
        assert_eq!(limits.of("request.answer", "note"), Some(80));
        assert_eq!(limits.of("request.answer", "version"), None);
        assert_eq!(limits.of("request.close", "text"), None);
    }
}
