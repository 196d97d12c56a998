//! Features and audiences derived from events.
