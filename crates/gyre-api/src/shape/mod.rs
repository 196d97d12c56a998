//! The shapes of answers that come from the ring as they are kept there, for the OpenAPI document.
//!
//! Nothing is converted: a test reads real records into these, and they take no key they do not know,
//! so whoever changes a record changes the shape here.

pub(crate) mod audiences;
pub(crate) mod boards;
pub(crate) mod campaigns;
pub(crate) mod connectors;
pub(crate) mod consent;
pub(crate) mod decisions;
pub(crate) mod features;
pub(crate) mod identity;
pub(crate) mod metrics;
pub(crate) mod notices;
pub(crate) mod people;
pub(crate) mod plans;
pub(crate) mod server;
pub(crate) mod subjects;
pub(crate) mod tracking;
pub(crate) mod turns;
pub(crate) mod webhooks;
