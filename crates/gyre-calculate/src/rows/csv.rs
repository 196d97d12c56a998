//! CSV with a header, field by field.

use super::{Cell, Row, listed, places, unreadable};
use crate::failure::Failure;
use csv::{ByteRecord, Reader, ReaderBuilder};
use std::borrow::Cow;
use std::io::Read;

fn reader<R: Read>(name: &str, file: R) -> Result<(Reader<R>, Vec<String>), Failure> {
    let mut reader = ReaderBuilder::new().flexible(false).from_reader(file);
    let header = reader.headers().map_err(|error| unreadable(name, &error))?;
    let mut names: Vec<String> = header.iter().map(str::to_owned).collect();
    // What some programs put in front of UTF-8.
    if let Some(first) = names.first_mut() {
        *first = first.trim_start_matches('\u{feff}').to_owned();
    }
    if names.is_empty() {
        return Err(Failure::new(format!("{name} is empty")).hint("the first line names columns"));
    }
    let mut seen: Vec<&String> = names.iter().collect();
    seen.sort();
    if let Some([twice, _]) = seen.array_windows().find(|[one, next]| one == next) {
        let failure = Failure::new(format!("{name} has two columns `{twice}`"));
        return Err(failure.hint(format!("its columns are {}", listed(&names))));
    }
    Ok((reader, names))
}

pub(super) fn columns(name: &str, file: &mut dyn Read) -> Result<Vec<String>, Failure> {
    reader(name, file).map(|(_, names)| names)
}

pub(super) fn read(
    name: &str,
    file: &mut dyn Read,
    columns: &[String],
    each: &mut dyn FnMut(&Row<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (mut reader, names) = reader(name, file)?;
    let at = places(name, &names, columns)?;
    let mut record = ByteRecord::new();
    loop {
        let more = reader.read_byte_record(&mut record).map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            match error.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    let what =
                        format!("{name}, line {line}: {len} fields, the header has {expected_len}");
                    Failure::new(what).hint("is a quote missing, or a comma too many?")
                }
                _ => unreadable(name, &error),
            }
        })?;
        if !more {
            return Ok(());
        }
        let line = record.position().map_or(0, csv::Position::line);
        let cells: Result<Vec<Cell<'_>>, Failure> = at
            .iter()
            .map(|i| {
                let bytes = record.get(*i).unwrap_or_default();
                let text = std::str::from_utf8(bytes)
                    .map_err(|_| Failure::new(format!("{name}, line {line}: it is not UTF-8")))?;
                Ok(Cell::Text(Cow::Borrowed(text)))
            })
            .collect();
        each(&Row { file: name, place: ("line", line), columns, cells: &cells? })?;
    }
}
