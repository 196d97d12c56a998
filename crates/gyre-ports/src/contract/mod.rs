//! One contract suite per port. An adapter's tests call the suite with a way to make (and reopen) it.

pub mod fold;
pub mod journal;
pub mod lake;
pub mod rules;
pub mod state;
