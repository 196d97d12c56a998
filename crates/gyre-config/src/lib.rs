//! Resources as YAML: one envelope, strict parsing, errors that name the place, and the difference
//! between what is written and what runs. Nothing here reads a file or asks a server.
//!
//! `spec` belongs to people, `managed` to the loop. Applying a file never touches `managed`.
#![warn(missing_docs)]

pub mod kinds;
pub mod resource;

pub use resource::{Metadata, Resource, Spec};
