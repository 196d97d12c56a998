//! Prime Day: a campaign that is over, as the files that six systems would hand over, with dirt on
//! purpose, and the truth about them.
//!
//! What a member does follows from the seed and the member's number alone, and members are written one
//! after another: a world of any size needs the memory of one member.

mod campaign;
mod dirt;
mod files;
mod member;
mod messages;
mod nobody;
mod purchases;
mod truth;

use self::files::{File, Files};
use self::truth::Truth;
use crate::dice::Dice;
use anyhow::Context;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes all files and `truth.json` into a folder; how many rows there are.
pub(crate) fn write(seed: u64, people: u32, folder: &Path) -> anyhow::Result<u64> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let open = |file: File| {
        let path = folder.join(file.name());
        let opened = fs::File::create(&path);
        opened.map(BufWriter::new).with_context(|| format!("cannot write {}", path.display()))
    };
    let mut files = Files::new(open)?;
    let truth = generate(seed, people, &mut files)?;
    files.finish()?;
    let path = folder.join("truth.json");
    fs::write(&path, serde_json::to_vec_pretty(&truth)?)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(truth.rows.values().sum())
}

/// Writes all rows, and says what is true of them.
fn generate<W: Write>(seed: u64, people: u32, files: &mut Files<W>) -> io::Result<Truth> {
    let mut out = Out { files, truth: Truth::new(seed, people), dice: Dice { seed } };
    nobody::assets(&mut out)?;
    nobody::spend(&mut out)?;
    for index in 0..people {
        let member = member::Member::new(out.dice, index);
        campaign::contact(&mut out, &member)?;
        campaign::enrollment(&mut out, &member)?;
        let did = messages::messages(&mut out, &member)?;
        purchases::purchases(&mut out, &member, did)?;
    }
    Ok(out.truth)
}

/// Where rows go, and what is noted of them.
struct Out<'a, W> {
    files: &'a mut Files<W>,
    truth: Truth,
    dice: Dice,
}

impl<W: Write> Out<'_, W> {
    /// A row of a CSV file.
    fn csv(&mut self, file: File, cells: &[&str]) -> io::Result<()> {
        self.truth.row(file);
        self.files.csv(file, cells)
    }
    /// A row of a file of JSON lines.
    fn json(&mut self, file: File, row: &serde_json::Value) -> io::Result<()> {
        self.truth.row(file);
        self.files.json(file, row)
    }
}

#[cfg(test)]
mod tests;
