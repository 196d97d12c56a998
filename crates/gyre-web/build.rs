//! Writes a table of the files of the UI into the crate, if the UI was built: `ui/dist`. Without Node
//! the table is empty, and a page says how to build it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let dist = root.join("../../ui/dist");
    say(&dist);
    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        collect(&dist, &mut files)?;
        files.sort();
    }
    let mut table = String::from("&[\n");
    for file in &files {
        say(file);
        let name = file.strip_prefix(&dist).map_err(io::Error::other)?;
        let file = file.canonicalize()?;
        writeln!(table, "    ({:?}, include_bytes!({:?})),", name.display(), file.display())
            .map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("files.rs"), table)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.file_name().is_some_and(|name| name != ".gitkeep") {
            files.push(path);
        }
    }
    Ok(())
}

fn say(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}
