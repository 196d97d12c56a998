//! Users, their sessions, and API tokens.
//!
//! They are values of the state in the system's workspace, under `user:<name>`, `session:<hash>` and
//! `token:<hash>`. Of passwords an argon2id hash is kept, of sessions and tokens the SHA-256, and of tokens
//! also what proves them to SQL clients (a SCRAM verifier).

pub(crate) mod password;
pub(crate) mod session;
pub(crate) mod setup;
pub(crate) mod sql;
pub(crate) mod store;
pub(crate) mod tokens;
pub(crate) mod users;

use crate::auth::Right;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody is here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Sees loops, campaigns and resources.
    Viewer,
    /// Also sees people, changes resources and decides on proposals.
    Marketer,
    /// Also sees people and asks in SQL; changes nothing.
    Analyst,
    /// Everything, users and tokens too.
    Admin,
}

impl Role {
    pub(crate) fn rights(self) -> &'static [Right] {
        use Right::{Admin, People, Query, Read, Write};
        match self {
            Self::Viewer => &[Read],
            Self::Marketer => &[Read, People, Write],
            Self::Analyst => &[Read, People, Query],
            Self::Admin => &[Read, People, Query, Write, Admin],
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Marketer => "marketer",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
        }
    }
}
