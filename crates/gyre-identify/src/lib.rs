//! Identity: which nodes are one person.
//!
//! In: the identifiers that events name ([`Rules::identifiers`]), as edges with what they are backed by
//! ([`Links`]), and what somebody said to be apart. Out: the groups ([`resolve`]), and why an edge does
//! not hold ([`Reason`]).
//!
//! Laws: the groups are a function of edges, rules and separations, whatever the order, the repetition
//! and the batches in which they came; a person has at most one user id; of edges that cannot all hold the
//! weakest goes, never the event; the person's id is a function of the group's nodes alone. The work of
//! one change is bounded by the caps of the rules.

mod bursts;
mod evidence;
mod explore;
mod group;
mod join;
mod links;
mod normalise;
mod reason;
mod resolve;
mod rules;
mod standing;
mod types;

pub use evidence::{Evidence, Trust};
pub use explore::{Before, Web, after, before};
pub use group::{Group, Member};
pub use links::{Link, Links};
pub use normalise::phone;
pub use reason::Reason;
pub use resolve::{Resolved, resolve};
pub use rules::{Identifier, Rules, RulesError};

#[cfg(test)]
mod tests;
