//! Backups of a running server. How one is made, only the binary knows.

use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::Input;
use async_trait::async_trait;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use utoipa::ToSchema;

/// Makes backups of what is served.
#[async_trait]
pub trait Backups: Send + Sync + Debug {
    /// Copies everything into a folder that is not there yet, while it is in use. What was acknowledged
    /// before is in it. Kind `Invalid` when backups must not be made there, `Conflict` when there is
    /// something already. One that is not plain says nothing without the key ring of the data folder.
    async fn make(&self, to: &Path, plain: bool) -> gyre_ports::Result<MadeBackup>;
}

/// A backup that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeBackup {
    /// Where it is, on the server's machine.
    #[schema(value_type = String)]
    pub folder: PathBuf,
    /// Records of the journal in it.
    pub records: u64,
    /// Files in it.
    pub files: u64,
    /// How large it is.
    pub bytes: u64,
    /// Whether it says nothing without the key ring of the data folder.
    pub sealed: bool,
}

/// Where to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// A folder that is not there yet, directly below the one that the server was given as `--backups`;
    /// its name is enough.
    #[schema(value_type = String)]
    to: PathBuf,
    /// Whether everything in it can be read without keys; then erasures do not reach it.
    #[serde(default)]
    plain: bool,
}

/// Makes a backup while the server goes on.
#[utoipa::path(post, path = "/v1/backups", operation_id = "make_backup", tag = "server",
    request_body = Wanted, responses((status = 200, body = MadeBackup)))]
pub(crate) async fn make(
    State(server): State<Arc<Server>>,
    Input(Wanted { to, plain }): Input<Wanted>,
) -> Result<Json<MadeBackup>> {
    let Some(backups) = server.app.backups.clone() else {
        let message = "this server makes no backups: start it with --backups".to_owned();
        return Err(Error::Denied { message });
    };
    let made = server.apart(|_engine| async move { backups.make(&to, plain).await }).await?;
    Ok(Json(made))
}
