//! The shared data sets through the public functions. They lie beside the checkout or where
//! `GYRE_SHARED_DATA` says; a test without its file says so and passes, except in CI.

#![expect(
    clippy::unreadable_literal,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "reference values stand as printed; a test ends where something is not as it should be"
)]

mod bandit;
mod cdnow;
mod hillstrom;
mod paths;

use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A shared file as text, `.gz` unpacked; `None` (said aloud) without it.
fn shared(name: &str) -> Option<String> {
    let root = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../..");
    let folder = std::env::var_os("GYRE_SHARED_DATA")
        .map_or_else(|| root.join("../shared/data"), PathBuf::from);
    let Ok(bytes) = std::fs::read(folder.join(name)) else {
        assert!(std::env::var_os("CI").is_none(), "in CI nothing may be left out: {name}");
        println!("left out: {name} is not there");
        return None;
    };
    let mut text = String::new();
    if name.strip_suffix(".gz").is_some() {
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    Some(text)
}

#[track_caller]
fn near(got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance, "got {got}, want {want} ± {tolerance}");
}
