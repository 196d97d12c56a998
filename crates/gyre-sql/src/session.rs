//! One connection after it was let in.

use crate::accounts::Account;
use crate::cursor::Cursors;
use crate::settings::Settings;
use parking_lot::Mutex;
use std::sync::Arc;

/// What a connection knows of itself.
#[derive(Debug)]
pub(crate) struct Session {
    /// Who asks.
    pub(crate) account: Account,
    /// The workspace: a database, to the client.
    pub(crate) database: String,
    /// What the client calls its process.
    pub(crate) pid: i32,
    /// What was set.
    pub(crate) settings: Arc<Mutex<Settings>>,
    /// What was declared and not read to its end.
    pub(crate) cursors: Mutex<Cursors>,
}

impl Session {
    /// What names of tables begin with in errors.
    pub(crate) fn prefix(&self) -> String {
        format!("{}.{}.", self.database, crate::catalog::MARTS)
    }
}
