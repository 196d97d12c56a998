//! What can be wrong with a content.

/// What can be wrong with a content.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The template cannot be read.
    #[error("template of {part} cannot be read: {why}")]
    Template {
        /// Which part of the content.
        part: String,
        /// Why.
        why: String,
    },
    /// The template fails for this person.
    #[error("template of {part} cannot be filled in: {why}")]
    Render {
        /// Which part of the content.
        part: String,
        /// Why.
        why: String,
    },
    /// The content lacks a part that its channel needs.
    #[error("content lacks {part}")]
    Missing {
        /// Which part.
        part: &'static str,
    },
}

/// What delivery returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;
