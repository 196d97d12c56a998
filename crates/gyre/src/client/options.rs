//! Where the server is and how to be let in.

use crate::failure::Failure;
use anyhow::Context as _;
use clap::Args;
use reqwest::Url;
use std::path::PathBuf;

/// Where the server is and how to be let in. A token in the variable `GYRE_TOKEN` goes before files.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServerArgs {
    /// Where the server answers.
    #[arg(
        long,
        env = "GYRE_SERVER",
        default_value = "http://127.0.0.1:8080",
        value_name = "URL",
        help_heading = "Server"
    )]
    pub(crate) server: String,
    /// The file with the server's token; without it, `token` in the folder that GYRE_DATA names, or in ./data. The variable GYRE_TOKEN holds a token itself.
    #[arg(long, env = "GYRE_TOKEN_FILE", value_name = "FILE", help_heading = "Server")]
    pub(crate) token_file: Option<PathBuf>,
    /// The workspace; `main` if not given.
    #[arg(long, env = "GYRE_WORKSPACE", value_name = "NAME", help_heading = "Server")]
    pub(crate) workspace: Option<String>,
    /// Prints the server's answer as JSON.
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

impl ServerArgs {
    /// The address.
    pub(super) fn base(&self) -> anyhow::Result<Url> {
        let wrong = |why: String| {
            Failure::usage(why).hint("write it like http://127.0.0.1:8080; TLS is for a proxy")
        };
        let url = Url::parse(&self.server)
            .map_err(|error| wrong(format!("the server's address is not a url: {error}")))?;
        if url.scheme() != "http" || url.host_str().is_none() {
            return Err(wrong("the server's address does not begin with http://".to_owned()).into());
        }
        Ok(url)
    }

    /// The token.
    pub(super) fn token(&self) -> anyhow::Result<String> {
        if let Ok(token) = std::env::var("GYRE_TOKEN") {
            return Ok(token.trim().to_owned());
        }
        let file = self.token_file.clone().unwrap_or_else(|| {
            let data = std::env::var_os("GYRE_DATA").map_or_else(|| "data".into(), PathBuf::from);
            data.join("token")
        });
        let token = std::fs::read_to_string(&file).with_context(|| {
            Failure::new(format!("the token cannot be read from {}", file.display())).hint(
                "pass --token-file DIR/token, where DIR is what the server was given as --data",
            )
        })?;
        Ok(token.trim().to_owned())
    }
}
