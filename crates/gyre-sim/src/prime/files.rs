//! The files and how their rows are written.

use serde_json::Value;
use std::io::{self, Write};

/// The files, in the order in which they are imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    Contacts,
    Assets,
    Enrollments,
    Sends,
    Responses,
    Orders,
    Receipts,
    Spend,
}

impl File {
    /// All of them.
    pub(super) const ALL: [Self; 8] = [
        Self::Contacts,
        Self::Assets,
        Self::Enrollments,
        Self::Sends,
        Self::Responses,
        Self::Orders,
        Self::Receipts,
        Self::Spend,
    ];
    /// The name of the file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Contacts => "contacts.csv",
            Self::Assets => "assets.csv",
            Self::Enrollments => "enrollments.csv",
            Self::Sends => "sends.csv",
            Self::Responses => "responses.jsonl",
            Self::Orders => "orders.jsonl",
            Self::Receipts => "receipts.csv",
            Self::Spend => "spend.csv",
        }
    }
    /// What it is called in the truth, which is also the end of its mapping's name.
    pub(super) fn key(self) -> &'static str {
        self.name().split('.').next().unwrap_or_default()
    }
    /// Its first line; JSON lines have none.
    fn header(self) -> Option<&'static str> {
        Some(match self {
            Self::Contacts => {
                "crm_id,member_id,email,first_name,tier,country,email_consent,joined_on"
            }
            Self::Assets => "asset,editor,variant,asset_type,format,headline,language,published_on",
            Self::Enrollments => "member_id,campaign,variant,segment,enrolled_on",
            Self::Sends => {
                "send_id,member_id,variant,channel,asset,asset_type,format,outcome,sent_at"
            }
            Self::Receipts => "receipt_id,email,store,total,bought_on,margin",
            Self::Spend => "day,channel,spend,impressions",
            Self::Responses | Self::Orders => return None,
        })
    }
}

/// The files, open.
pub(super) struct Files<W>(Vec<W>);

impl<W: Write> Files<W> {
    /// Opens each and writes its header.
    pub(super) fn new(mut open: impl FnMut(File) -> anyhow::Result<W>) -> anyhow::Result<Self> {
        let mut files = Vec::with_capacity(File::ALL.len());
        for file in File::ALL {
            let mut one = open(file)?;
            if let Some(header) = file.header() {
                writeln!(one, "{header}")?;
            }
            files.push(one);
        }
        Ok(Self(files))
    }
    /// A row with a comma between its cells.
    pub(super) fn csv(&mut self, file: File, cells: &[&str]) -> io::Result<()> {
        let line: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        writeln!(self.0[file as usize], "{}", line.join(","))
    }
    /// An object on a line.
    pub(super) fn json(&mut self, file: File, row: &Value) -> io::Result<()> {
        writeln!(self.0[file as usize], "{row}")
    }
    /// Hands everything to the system.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.0.iter_mut().try_for_each(Write::flush)
    }
    /// What was written.
    #[cfg(test)]
    pub(super) fn into_inner(self) -> Vec<W> {
        self.0
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell.to_owned()
}
