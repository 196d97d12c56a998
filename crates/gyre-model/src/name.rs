//! The workspace: it leads every key, table and token.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// The workspace that exists without being asked for.
pub const DEFAULT_WORKSPACE: &str = "main";

/// The name of a workspace. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Workspace(Arc<str>);

impl Workspace {
    /// A workspace by name.
    pub fn new(name: &str) -> Self {
        Self(Arc::from(name))
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new(DEFAULT_WORKSPACE)
    }
}

impl fmt::Display for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workspace({})", &self.0)
    }
}
