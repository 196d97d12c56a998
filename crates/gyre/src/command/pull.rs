//! `gyre pull`: what loops wrote, back into the files.

use super::list;
use crate::client::{Client, ServerArgs};
use crate::failure::Failure;
use crate::files;
use crate::print::out;
use crate::print::say;
use anyhow::Context as _;
use clap::Args;
use gyre_config::{ManagedHalf, PullError, pull};
use gyre_model::resource::Kind;
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Writes what loops own of the resources into the `managed:` sections of their files. Everything else
/// in the files stays as it is.
#[derive(Debug, Args)]
pub(crate) struct PullArgs {
    /// Files, or folders whose .yaml files are read.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(args: PullArgs) -> anyhow::Result<()> {
    let files = files::read(&args.paths)?;
    let answer = Client::new(&args.server)?.get(&["v1", "resources"], &[]).await?;
    let halves: Vec<ManagedHalf<'_>> = list(&answer, "resources").iter().filter_map(half).collect();
    let mut text = String::new();
    // Nothing is written unless all of it can be.
    let mut writes = Vec::new();
    for file in &files {
        let name = file.name();
        let pulled = pull(&name, &file.text, &halves).map_err(|error| match error {
            PullError::Unreadable(why) => Failure::new(why.to_string()),
            error @ PullError::Print(_) => Failure::new(error.to_string()),
        })?;
        if pulled.changed.is_empty() {
            continue;
        }
        let names: Vec<String> =
            pulled.changed.iter().map(|(kind, name)| format!("{kind} {name}")).collect();
        say!(text, "{name}: {}\n", names.join(", "));
        writes.push((&file.path, pulled.text));
    }
    for (path, text) in writes {
        replace(path, &text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if text.is_empty() {
        text.push_str("the files already say what loops wrote\n");
    }
    Ok(out(&text)?)
}

fn half(resource: &Value) -> Option<ManagedHalf<'_>> {
    Some(ManagedHalf {
        kind: Kind::parse(resource["kind"].as_str()?)?,
        name: resource["name"].as_str()?,
        managed: &resource["managed"],
    })
}

/// Replaces a file whole, keeping its permissions: whoever reads it meanwhile sees the old one or the
/// new one.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    // A link stays a link; what it points to is replaced.
    let path = std::fs::canonicalize(path)?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = folder.join(format!(".{name}.gyre-pull"));
    let mut file = std::fs::File::create(&beside)?;
    let written = file
        .set_permissions(std::fs::metadata(&path)?.permissions())
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&beside, &path));
    if written.is_err() {
        drop(std::fs::remove_file(&beside));
    }
    written
}
