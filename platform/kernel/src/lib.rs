//! The kernel: words every other crate speaks, and nothing that touches the world.
//!
//! Ids, instants and days, the working calendar, money, fractions, national codes, masks, the
//! user's own words, the order of names, pinyin and search terms. All of it is pure; the only thing here that looks
//! outside is [`SystemClock`]. Whatever is wrong with an input is told as a [`Fault`], a key of
//! the word catalogue, so that no sentence for people stands in code.

pub mod calendar;
pub mod codes;
pub mod fault;
pub mod fraction;
pub mod id;
pub mod mask;
pub mod money;
pub mod natural;
pub mod pinyin;
pub mod terms;
pub mod text;
pub mod time;
#[doc(hidden)]
pub mod wire;

pub use calendar::{Pace, Unit, Within, WorkingCalendar};
pub use fault::Fault;
pub use fraction::Fraction;
pub use id::{AccountId, CommunityId, uuid_v7};
pub use money::Fen;
pub use text::{Line, Text};
pub use time::{Clock, Day, Instant, SetClock, SystemClock};
