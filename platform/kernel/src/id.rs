//! Ids: UUIDs with the name of what they identify in their type.
//!
//! [`id!`](crate::id!) makes one such type; a request's id then cannot be handed to a function
//! that wants a person's. Ids are UUIDv7 (RFC 9562), so they sort by birth; the time and the
//! random bytes are parameters, so a seeded run makes the same ids again.

pub use uuid::Uuid;

use crate::{Fault, Instant};

crate::id! {
    /// A community, the tenant: first column of every key.
    pub CommunityId
}

crate::id! {
    /// An account that can sign in and act.
    pub AccountId
}

/// A version 7 UUID: milliseconds, then the microseconds within them as a 12-bit fraction
/// (RFC 9562 section 6.2, method 3), then 62 bits of `random`.
///
/// Instants before 1970 count as 1970.
pub fn uuid_v7(at: Instant, random: [u8; 10]) -> Uuid {
    let micros = u64::try_from(at.micros()).unwrap_or(0);
    let [fraction_high, fraction_low] = fraction_of_millisecond(micros % 1_000).to_be_bytes();
    let [_, _, rest @ ..] = random;
    let mut tail = [0; 10];
    tail[0] = fraction_high;
    tail[1] = fraction_low;
    tail[2..].copy_from_slice(&rest);
    uuid::Builder::from_unix_timestamp_millis(micros / 1_000, &tail).into_uuid()
}

/// 0–999 µs spread over the 12 bits that follow the version.
fn fraction_of_millisecond(micros: u64) -> u16 {
    // At most 999 · 4096 / 1000 = 4091, which fits 12 bits.
    u16::try_from(micros * 4_096 / 1_000).unwrap_or(0x0FFF)
}

/// Reads the hyphenated form, the only one that has a single spelling.
#[doc(hidden)]
pub fn parse(text: &str) -> Result<Uuid, Fault> {
    const HYPHENATED: usize = 36;
    match Uuid::try_parse(text) {
        Ok(uuid) if text.len() == HYPHENATED => Ok(uuid),
        Ok(_) | Err(_) => Err(Fault::new("fault.not_an_id")),
    }
}

/// Makes a type of ids: `kernel::id! { /** A request. */ pub RequestId }`.
///
/// The type is `Copy`, ordered by birth, prints and parses as a hyphenated UUID, and is a string
/// with `format: uuid` to serde and schemars.
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $visibility:vis $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility struct $name($crate::id::Uuid);

        impl $name {
            /// A new id, born at `at`; sorts after those born before.
            pub fn new_at(at: $crate::Instant, random: [u8; 10]) -> Self {
                Self($crate::id::uuid_v7(at, random))
            }

            /// The id that was kept as this UUID.
            pub const fn from_uuid(uuid: $crate::id::Uuid) -> Self {
                Self(uuid)
            }

            /// As the database keeps it.
            pub const fn uuid(self) -> $crate::id::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, formatter)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Fault;

            fn from_str(text: &str) -> Result<Self, $crate::Fault> {
                $crate::id::parse(text).map(Self)
            }
        }

        $crate::as_string!($name, { "format": "uuid" });
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    crate::id! {
        /// Something to test with.
        ThingId
    }

    #[test]
    fn an_id_is_a_version_7_uuid_and_one_string_on_the_wire() {
        let id = ThingId::new_at(Instant::from_micros(1_700_000_000_123_456), [0xAB; 10]);
        assert_eq!(id.uuid().get_version_num(), 7);
        let text = id.to_string();
        assert_eq!(text, "018bcfe5-687b-774b-abab-abababababab");
        assert_eq!(serde_json::to_value(id).unwrap(), serde_json::json!(text));
        assert_eq!(serde_json::from_str::<ThingId>(&format!("{text:?}")).unwrap(), id);
        assert_eq!(text.parse::<ThingId>().unwrap(), id);
        assert_eq!(ThingId::from_uuid(id.uuid()), id);
    }

    #[test]
    fn only_the_hyphenated_spelling_is_an_id() {
        for text in
            ["", "7", "018bcfe5687b774babababababababab", "{018bcfe5-687b-774b-abab-abababababab}"]
        {
            assert_eq!(text.parse::<ThingId>(), Err(Fault::new("fault.not_an_id")), "{text}");
        }
    }

    #[test]
    fn the_schema_says_uuid() {
        let schema = schemars::schema_for!(ThingId);
        assert_eq!(schema.as_value()["format"], "uuid");
        assert_eq!(schema.as_value()["type"], "string");
    }

    proptest! {
        #[test]
        fn ids_sort_by_birth(
            micros in 0i64..4_000_000_000_000_000,
            later in 1i64..2_000,
            random in any::<[u8; 10]>(),
            other in any::<[u8; 10]>(),
        ) {
            let first = Instant::from_micros(micros);
            let second = Instant::from_micros(micros + later);
            prop_assert!(ThingId::new_at(first, random) < ThingId::new_at(second, other));
        }
    }
}
