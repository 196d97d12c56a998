//! Delivery: contents become messages, and attempts follow one another.
//!
//! In: a content, what is known of the person, an attempt's outcome. Out: a message, or what to do
//! next. Laws: a template cannot read files, include others, or run without end; what a person typed is
//! never a template; a retry is another attempt of the same message, never another draw.

mod error;
mod render;
mod retry;

pub use error::{Error, Result};
pub use render::{Email, Templates};
pub use retry::{MAX_ATTEMPTS, next_attempt};

#[cfg(test)]
mod tests;
