//! What events say about consent: stated in so many words, or in those of consent managers. Nothing is
//! guessed: what cannot be read says nothing and is told.

mod bits;
mod gpp;
mod only;
mod signal;
mod stated;
mod subject;
mod tcf;

pub use bits::Malformed;
pub use gpp::GppString;
pub use only::only;
pub use signal::{Signals, Statement, Unclear, signals};
pub use stated::consents;
pub use subject::subject;
pub use tcf::TcString;

/// The event that speaks of consent and of nothing else.
const UPDATED: &str = "Consent Updated";
/// Segment's event of somebody who has just chosen.
const CHOSEN: &str = "Segment Consent Preference Updated";
