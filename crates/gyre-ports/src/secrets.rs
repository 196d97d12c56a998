//! Secrets: read where they are kept, each time they are needed.

use crate::error::{Error, ErrorKind, Result};
use gyre_config::kinds::{SecretPlace, SecretRef};
use std::fmt::Debug;

/// Reads secrets. What it returns is never logged, stored or told.
pub trait Secrets: Send + Sync + Debug {
    /// The text of a secret. Kind `Invalid` when the reference names no place or more than one,
    /// `NotFound` when nothing is kept there.
    fn read(&self, secret: &SecretRef) -> Result<String>;
}

/// Knows only secrets that stand in the resources themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct WrittenSecrets;

impl Secrets for WrittenSecrets {
    fn read(&self, secret: &SecretRef) -> Result<String> {
        match secret.place() {
            Some(SecretPlace::Here(text)) => Ok(text.to_owned()),
            Some(_) => Err(Error::new(ErrorKind::NotFound, "a secret is not kept here")),
            None => Err(Error::new(ErrorKind::Invalid, "a secret names no place, or several")),
        }
    }
}
