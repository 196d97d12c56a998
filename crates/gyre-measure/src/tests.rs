//! Questions against their golden text, answers against numbers known from elsewhere.

mod lift;
mod question;
mod read;
mod report;
