//! Derivation: events become tiles, tiles become the values of features, values become memberships.
//!
//! In: an event, the tiles of its node, the definitions. Out: the tiles after it, the person's row at
//! an instant, when the row may change by time alone, and which audiences were entered or left.
//! Laws: tiles merge in any order to the same value; a row is a function of tiles and the instant; no
//! clock is read.

mod audience;
mod correct;
mod definition;
mod error;
mod row;
mod tile;
mod value;

pub use audience::{Audiences, Bits, Membership, Purpose};
pub use correct::reading;
pub use definition::{Definition, Definitions};
pub use error::{Error, Result};
pub use row::{Row, batch, schema};
pub use tile::{Partial, Tiles};
pub use value::Value;

#[cfg(test)]
mod tests;
