//! Tests of identity.

mod laws;
mod naming;
mod stories;
mod synthetic;
mod world;
