//! Identity: which nodes are one person.
//!
//! In: the nodes an event names, and the groups they are in. Out: the groups after it, and a record
//! for every join and every refusal. Laws: a person has at most one user id; the person's id is a
//! function of the group's nodes alone, whatever the order in which they were joined; a join that is
//! refused keeps the event and leaves a record.

mod group;
mod step;

pub use group::{Group, Member};
pub use step::{Link, link};

#[cfg(test)]
mod tests;
