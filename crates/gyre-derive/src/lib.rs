//! Derivation: events become tiles, tiles become the values of features, values become memberships.
//!
//! In: an event, the tiles of its node, the definitions. Out: the tiles after it, the person's row at
//! an instant, when the row may change by time alone, and which audiences were entered or left.
//! Beside it the same values as of any instant of the past, asked of the lake: [`PointInTime`].
//! Laws: tiles merge in any order to the same value; a row is a function of tiles and the instant; no
//! clock is read; what the lake answers for an instant is, bit by bit, what the row was.

mod audience;
mod behaviour;
mod correct;
mod definition;
mod error;
mod filter;
mod instants;
mod lifecycle;
pub mod moment;
mod moments;
mod offline;
mod path;
mod row;
mod tile;
mod value;

pub use audience::{Audiences, Bits, Membership, Purpose};
pub use behaviour::{Lifts, is_lifted, lifted, rules};
pub use correct::reading;
pub use definition::{Definition, Definitions};
pub use error::{Error, Result};
pub use instants::Instants;
pub use lifecycle::{Lifecycles, Stage, Stages, Standing};
pub use moments::Moments;
pub use offline::{Label, Member, PointInTime, Subjects};
pub use row::{Row, batch, schema};
pub use tile::{Partial, Tile, Tiles};
pub use value::Value;

#[cfg(test)]
mod tests;
