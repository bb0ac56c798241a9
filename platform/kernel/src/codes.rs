//! National codes: citizen number, unified social credit code, grid code.
//!
//! Each is checked by the arithmetic its standard gives. What a code proves by itself is refused
//! when wrong; what genuine papers are known to break is only a warning (N3). Place prefixes are
//! never checked: abolished codes live on in people's numbers for a lifetime.

mod citizen;
mod credit;
mod grid;

pub use citizen::{CitizenNumber, Sex};
pub use credit::CreditCode;
pub use grid::{GridCode, GridScheme};
