//! How small values cross the wire: as one string each, in JSON, forms and schemas alike.
//!
//! `as_string!` gives a type that has `Display` and `FromStr<Err = Fault>` its serde and schema
//! implementations. Hidden from the documentation; public only because [`id!`](crate::id!)
//! expands in other crates.

use std::str::FromStr;

pub use schemars;
pub use serde;
use serde::{Deserialize, Deserializer, de::Error};

use crate::Fault;

/// Reads a string and parses it; the [`Fault`] travels as the message of the error.
///
/// # Errors
/// Not a string, or the fault of the type's own parser.
pub fn from_string<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err = Fault>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}

/// Serialises through `Display`, deserialises through `FromStr`, and says so in the schema.
#[doc(hidden)]
#[macro_export]
macro_rules! as_string {
    ($name:ident $(<const $max:ident: usize>)?, { $($schema:tt)* }) => {
        impl $(<const $max: usize>)? $crate::wire::serde::Serialize for $name $(<$max>)? {
            fn serialize<S>(&self, serializer: S) -> Result<S::Ok, S::Error>
            where
                S: $crate::wire::serde::Serializer,
            {
                serializer.collect_str(self)
            }
        }

        impl<'de $(, const $max: usize)?> $crate::wire::serde::Deserialize<'de>
            for $name $(<$max>)?
        {
            fn deserialize<D>(deserializer: D) -> Result<Self, D::Error>
            where
                D: $crate::wire::serde::Deserializer<'de>,
            {
                $crate::wire::from_string(deserializer)
            }
        }

        impl $(<const $max: usize>)? $crate::wire::schemars::JsonSchema for $name $(<$max>)? {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(
                _: &mut $crate::wire::schemars::SchemaGenerator,
            ) -> $crate::wire::schemars::Schema {
                $crate::wire::schemars::json_schema!({ "type": "string", $($schema)* })
            }
        }
    };
}
