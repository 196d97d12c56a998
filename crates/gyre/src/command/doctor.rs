//! `gyre doctor`: a data folder and the machine, looked at. Changes nothing.

use crate::cli::DoctorArgs;
use crate::clock::SystemClock;
use crate::data;
use crate::failure::Failure;
use crate::print::number::bytes;
use crate::print::out;
use crate::print::table::Table;
use gyre_model::{Span, Timestamp};
use gyre_ports::Clock as _;
use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

/// Free bytes below which a disk soon is full.
const LITTLE: u64 = 1 << 30;
/// Free bytes below which the journal cannot begin a segment.
const TOO_LITTLE: u64 = 128 << 20;
/// How long a mail server may take to greet.
const PATIENCE: Duration = Duration::from_secs(5);
/// Before this no version was ever built.
const BUILT: &str = "2026-01-01T00:00:00Z";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    Look,
    Bad,
}

type Found = (Verdict, String);

pub(crate) fn run(args: &DoctorArgs) -> anyhow::Result<()> {
    let root = &args.data.data;
    let mut found: Vec<(&str, Found)> =
        vec![("version", fine(format!("gyre {}", env!("CARGO_PKG_VERSION"))))];
    found.push(("data folder", folder(root)));
    if root.is_dir() {
        found.push(("contents", contents(root)));
        found.push(("token and secret", hidden(root)));
        found.push(("lock", lock(root)));
        found.push(("disk", disk(root)));
    }
    found.push(("clock", clock(root)));
    if let Some(url) = &args.smtp {
        found.push(("mail server", mail(url)));
    }
    let mut table = Table::new(&["", "what", "found"]);
    for (what, (verdict, text)) in &found {
        let word = match verdict {
            Verdict::Fine => "ok",
            Verdict::Look => "look",
            Verdict::Bad => "BAD",
        };
        table.row([word, what, text.as_str()]);
    }
    out(&table.to_string())?;
    let bad = found.iter().filter(|(_, (verdict, _))| *verdict == Verdict::Bad).count();
    if bad > 0 {
        return Err(Failure::new(format!("{bad} of {} things are bad", found.len())).into());
    }
    Ok(())
}

fn fine(text: impl Into<String>) -> Found {
    (Verdict::Fine, text.into())
}
fn look(text: impl Into<String>) -> Found {
    (Verdict::Look, text.into())
}
fn bad(text: impl Into<String>) -> Found {
    (Verdict::Bad, text.into())
}

fn folder(root: &Path) -> Found {
    match fs::metadata(root) {
        Err(error) => bad(format!("{}: {error}", root.display())),
        Ok(data) if !data.is_dir() => bad(format!("{} is no folder", root.display())),
        Ok(data) if data.permissions().mode() & 0o077 != 0 => {
            look(format!("others may look into it; chmod 700 {}", root.display()))
        }
        Ok(data) if data.uid() != rustix::process::getuid().as_raw() => {
            look("it belongs to another user than the one who asks")
        }
        Ok(_) => fine(root.display().to_string()),
    }
}

fn contents(root: &Path) -> Found {
    let parts = ["journal", "state.db", "fold", "lake", "token", "secret"];
    let missing: Vec<&str> = parts.into_iter().filter(|part| !root.join(part).exists()).collect();
    match missing.len() {
        0 => fine("complete"),
        6 => look("empty: no server has run on it yet"),
        _ => bad(format!("missing: {}", missing.join(", "))),
    }
}

fn hidden(root: &Path) -> Found {
    for name in ["token", "secret"] {
        if let Ok(data) = fs::metadata(root.join(name))
            && data.permissions().mode() & 0o077 != 0
        {
            return bad(format!("others may read {name}; chmod 600 {}", root.join(name).display()));
        }
    }
    fine("only their owner reads them")
}

fn lock(root: &Path) -> Found {
    if !root.join("lock").exists() {
        return fine("free");
    }
    match data::try_lock(root) {
        Ok(_) => fine("free: no server runs on it"),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => fine("a server runs on it"),
        Err(error) => bad(error.to_string()),
    }
}

fn disk(root: &Path) -> Found {
    match rustix::fs::statvfs(root) {
        Err(error) => bad(error.to_string()),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let text = format!("{} free", bytes(free));
            match free {
                _ if free < TOO_LITTLE => bad(text),
                _ if free < LITTLE => look(text),
                _ => fine(text),
            }
        }
    }
}

/// A clock that was set back shows in files that are newer than now.
fn clock(root: &Path) -> Found {
    let now = SystemClock::default().now();
    if Timestamp::parse(BUILT).is_ok_and(|built| now < built) {
        return bad(format!("it says {now}, before this version was built"));
    }
    let written = |name: &str| fs::metadata(root.join(name)).ok().map(|data| data.mtime());
    let newest = ["state.db", "state.db-wal", "token", "fold", "lake"]
        .into_iter()
        .filter_map(written)
        .max()
        .map(|seconds| Timestamp(seconds.saturating_mul(Span::SECOND.0)));
    match newest {
        Some(newest) if newest > now + Span::MINUTE => {
            look(format!("it says {now}, but files were written at {newest}"))
        }
        _ => fine(format!("it says {now}")),
    }
}

fn mail(url: &str) -> Found {
    let Ok(url) = reqwest::Url::parse(url) else { return bad("its address is not a url") };
    let Some(host) = url.host_str() else { return bad("its address names no host") };
    let wrapped = url.scheme() == "smtps";
    let default = if wrapped {
        465
    } else if url.query().is_some() {
        587
    } else {
        25
    };
    let port = url.port().unwrap_or(default);
    let host = host.trim_matches(['[', ']']);
    let address = match (host, port).to_socket_addrs().map(|mut all| all.next()) {
        Ok(Some(address)) => address,
        Ok(None) => return bad(format!("{host} has no address")),
        Err(error) => return bad(format!("{host}: {error}")),
    };
    let stream = match TcpStream::connect_timeout(&address, PATIENCE) {
        Ok(stream) => stream,
        Err(error) => return bad(format!("{address}: {error}")),
    };
    if wrapped {
        return fine(format!("{address} answers (the greeting is inside TLS)"));
    }
    let mut greeting = String::new();
    let read = stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| BufReader::new(stream).read_line(&mut greeting));
    match read {
        Ok(_) if greeting.starts_with("220") => fine(format!("{address} greets")),
        Ok(_) => bad(format!("{address} does not greet as a mail server does")),
        Err(error) => bad(format!("{address} does not greet: {error}")),
    }
}
