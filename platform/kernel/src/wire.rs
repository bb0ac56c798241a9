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

/// Declares an enum of words: the same string in database, JSON, catalogue and policy. The crate that
/// uses it depends on `serde` and `schemars`.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),* }

        impl $name {
            /// All there are.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The word in database, JSON, catalogue and policy.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            /// The one with this word.
            pub fn parse(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)* _ => None }
            }
        }
    };
}
