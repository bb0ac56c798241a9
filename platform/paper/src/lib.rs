//! Paper in and out: tables as offices keep and send them.
//!
//! Whatever comes in is a stranger's file. It is measured before anything is built of it, and what
//! is wrong with it is an answer that names sheet, row and column, never a panic.

pub mod table;
