//! `gyre math drift REFERENCE CURRENT`: column by column.

use super::file;
use crate::answer::{Node, fields};
use crate::command::{Common, requested};
use crate::failure::Failure;
use crate::request::drift::{Request, categories, numbers};
use crate::rows;
use gyre_math::drift::bins::Zeros;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Distinct numbers up to which a column counts as categories, as Evidently has it.
const CATEGORIES: usize = 20;

/// Arguments of `drift`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Rows that a model was built on: CSV with a header, or Parquet.
    #[arg(conflicts_with = "input", requires = "current")]
    reference: Option<PathBuf>,
    /// Rows that come in.
    current: Option<PathBuf>,
    /// Columns to look at; all of the reference if none is given.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    column: Vec<String>,
    /// PSI from which a column counts as drifted.
    #[arg(long, default_value_t = 0.1)]
    threshold: f64,
    /// Bins at quantiles of the reference.
    #[arg(long, value_name = "BINS", default_value_t = 10)]
    quantiles: usize,
    /// Error rate of the correction for sampling.
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// A column as it was read.
#[derive(Debug, Clone)]
enum Column {
    Numbers(Vec<f64>),
    Texts(BTreeMap<String, u64>),
}

impl Args {
    pub(crate) fn answer(&self, input: &mut dyn Read) -> Result<Node, Failure> {
        if let Some(path) = &self.common.input {
            return requested::<Request>(path, "drift", input);
        }
        let (before, now) = (file(self.reference.as_ref())?, file(self.current.as_ref())?);
        let columns =
            if self.column.is_empty() { rows::columns(before)? } else { self.column.clone() };
        let (reference, current) = (load(before, &columns, input)?, load(now, &columns, input)?);
        let each = columns.iter().zip(reference.into_iter().zip(current));
        let rows = each.map(|(name, (reference, current))| {
            let found = self.compare(reference, current);
            let found =
                found.map_err(|error| Failure::from(error).at(format!("column `{name}`")))?;
            Ok(fields! { "column": name.as_str() }.and(found))
        });
        Ok(Node::List(rows.collect::<Result<_, Failure>>()?))
    }

    fn compare(&self, reference: Column, current: Column) -> gyre_math::Result<Node> {
        let (reference, current) = match (reference, current) {
            (Column::Numbers(r), Column::Numbers(c)) if distinct(&r) > CATEGORIES => {
                let found = numbers(&r, &c, self.quantiles, self.alpha)?;
                return Ok(self.judged("numbers", found));
            }
            (reference, current) => (reference.texts(), current.texts()),
        };
        let mut names: Vec<&String> = reference.keys().chain(current.keys()).collect();
        names.sort();
        names.dedup();
        let count = |all: &BTreeMap<String, u64>| -> Vec<f64> {
            names.iter().map(|name| all.get(*name).copied().unwrap_or(0) as f64).collect()
        };
        let found = categories(&count(&reference), &count(&current), Zeros::Evidently, self.alpha)?;
        Ok(self.judged("categories", found))
    }

    fn judged(&self, kind: &str, found: Node) -> Node {
        let Node::Fields(all) = &found else { return found };
        let psi = all.iter().find(|(name, _)| name == "psi").map(|(_, value)| value);
        let drifted = matches!(psi, Some(Node::Number(psi)) if *psi >= self.threshold);
        fields! { "kind": kind, "drifted": drifted }.and(found)
    }
}

impl Column {
    fn texts(self) -> BTreeMap<String, u64> {
        match self {
            Self::Texts(counts) => counts,
            Self::Numbers(values) => {
                let mut counts = BTreeMap::new();
                for value in values {
                    *counts.entry(value.to_string()).or_insert(0) += 1;
                }
                counts
            }
        }
    }
}

/// How many distinct values there are, counted no further than is asked.
fn distinct(values: &[f64]) -> usize {
    let mut seen: Vec<f64> = Vec::new();
    for value in values {
        if !seen.iter().any(|one| one.to_bits() == value.to_bits()) {
            seen.push(*value);
            if seen.len() > CATEGORIES {
                break;
            }
        }
    }
    seen.len()
}

/// Columns of a file; one with a value that is no number holds texts. Missing values are left out.
fn load(path: &Path, columns: &[String], input: &mut dyn Read) -> Result<Vec<Column>, Failure> {
    let mut all = vec![Column::Numbers(Vec::new()); columns.len()];
    rows::read(path, columns, input, &mut |row| {
        for (i, column) in all.iter_mut().enumerate() {
            let Some(text) = row.text(i) else { continue };
            if let Column::Numbers(values) = column {
                if let Ok(Some(value)) = row.maybe(i) {
                    values.push(value);
                    continue;
                }
                *column =
                    Column::Texts(std::mem::replace(column, Column::Numbers(Vec::new())).texts());
            }
            if let Column::Texts(counts) = column {
                // Numbers that came before were written anew, so these are too.
                let text = match row.maybe(i) {
                    Ok(Some(value)) => value.to_string(),
                    _ => text.into_owned(),
                };
                *counts.entry(text).or_insert(0) += 1;
            }
        }
        Ok(())
    })?;
    Ok(all)
}
