//! The rows that the lake gave back, as numbers under their keys.

use crate::error::{Error, Result};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use gyre_config::kinds::MetricType;
use gyre_math::moments::Mean;
use gyre_model::Timestamp;
use std::collections::BTreeMap;

/// What a number is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Key {
    /// The beginning of its unit of time.
    pub(crate) time: Option<Timestamp>,
    /// The values of the dimensions, in their order.
    pub(crate) dimensions: Vec<Option<String>>,
    /// The age of a cohort.
    pub(crate) age: Option<u32>,
}

/// What was counted for one key.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Raw {
    pub(crate) numerator: Option<f64>,
    pub(crate) denominator: Option<f64>,
    pub(crate) n: u64,
    pub(crate) people: u64,
    pub(crate) immature: u64,
    pub(crate) mature_at: Option<Timestamp>,
    pub(crate) currencies: u64,
    /// Sums of products of numerator and denominator per person.
    pub(crate) products: Option<[f64; 3]>,
    /// Lengths of time, whether it was reached, and how many.
    pub(crate) lengths: Vec<(f64, bool, f64)>,
    /// Answers up, answers down.
    pub(crate) answers: (u64, u64),
    /// Treated and holdout.
    pub(crate) arms: [Mean; 2],
}

/// Reads the answer to the statement of a metric.
pub(crate) fn read(
    kind: MetricType,
    dimensions: usize,
    batches: &[RecordBatch],
) -> Result<BTreeMap<Key, Raw>> {
    let mut all: BTreeMap<Key, Raw> = BTreeMap::new();
    for batch in batches {
        let columns = Columns(batch);
        let times = columns.times("t")?;
        let keys = ["k0", "k1", "k2"].into_iter().take(dimensions);
        let keys = keys.map(|name| columns.texts(name)).collect::<Result<Vec<_>>>()?;
        let ages = columns.integers("age")?;
        let (n, people) = (columns.integers("n")?, columns.integers("people")?);
        let immature = columns.integers("immature")?;
        let mature_at = columns.times("mature_at")?;
        let currencies = columns.integers("currencies")?;
        let numerators = columns.numbers("numerator")?;
        let denominators = columns.numbers("denominator")?;
        let products = [columns.numbers("xx")?, columns.numbers("xy")?, columns.numbers("yy")?];
        let (days, reached) = (columns.numbers("days")?, columns.truths("reached")?);
        let (up, down) = (columns.integers("up")?, columns.integers("down")?);
        let arms = columns.texts("arm")?;
        let (totals, squares) = (columns.numbers("total")?, columns.numbers("squares")?);
        for row in 0..batch.num_rows() {
            let key = Key {
                time: times.get(row),
                dimensions: keys.iter().map(|key| key.get(row)).collect(),
                age: ages.get(row).and_then(|age| u32::try_from(age).ok()),
            };
            let raw = all.entry(key).or_default();
            let count = |column: &Integers| {
                column.get(row).and_then(|count| u64::try_from(count).ok()).unwrap_or_default()
            };
            let several = matches!(kind, MetricType::DurationQuantile | MetricType::Incremental);
            raw.n += count(&n);
            raw.people = if several { raw.people + count(&people) } else { count(&people) };
            raw.immature += count(&immature);
            raw.mature_at = raw.mature_at.max(mature_at.get(row));
            raw.currencies = raw.currencies.max(count(&currencies));
            raw.numerator = numerators.get(row);
            raw.denominator = denominators.get(row);
            if let [Some(xx), Some(xy), Some(yy)] = products.each_ref().map(|one| one.get(row)) {
                raw.products = Some([xx, xy, yy]);
            }
            if let Some(days) = days.get(row) {
                raw.lengths.push((days, reached.get(row), count(&n) as f64));
            }
            raw.answers = (count(&up), count(&down));
            let arm = match arms.get(row).as_deref() {
                Some("treated") => Some(0),
                Some("holdout") => Some(1),
                _ => None,
            };
            if let (MetricType::Incremental, Some(arm)) = (kind, arm) {
                raw.arms[arm] = Mean {
                    n: count(&n),
                    sum: totals.get(row).unwrap_or_default(),
                    sum_squares: squares.get(row).unwrap_or_default(),
                };
            }
        }
    }
    Ok(all)
}

/// Columns of one batch; those that a shape does not have are empty.
pub(crate) struct Columns<'a>(pub(crate) &'a RecordBatch);

struct Texts(Option<ArrayRef>);
pub(crate) struct Integers(Option<ArrayRef>);
struct Numbers(Option<ArrayRef>);
struct Truths(Option<ArrayRef>);
struct Times(Option<ArrayRef>);

impl Columns<'_> {
    fn column(&self, name: &'static str, wanted: &DataType) -> Result<Option<ArrayRef>> {
        let Some(found) = self.0.column_by_name(name) else { return Ok(None) };
        let cast = arrow_cast::cast(found, wanted)
            .map_err(|source| Error::Column { column: name, source: Some(source) })?;
        Ok(Some(cast))
    }
    fn texts(&self, name: &'static str) -> Result<Texts> {
        self.column(name, &DataType::Utf8).map(Texts)
    }
    pub(crate) fn integers(&self, name: &'static str) -> Result<Integers> {
        self.column(name, &DataType::Int64).map(Integers)
    }
    fn numbers(&self, name: &'static str) -> Result<Numbers> {
        self.column(name, &DataType::Float64).map(Numbers)
    }
    fn truths(&self, name: &'static str) -> Result<Truths> {
        self.column(name, &DataType::Boolean).map(Truths)
    }
    fn times(&self, name: &'static str) -> Result<Times> {
        // Without a unit of time the column is a text of nulls.
        if self.0.column_by_name(name).is_some_and(|column| column.data_type().is_string()) {
            return Ok(Times(None));
        }
        self.column(name, &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))
            .map(Times)
    }
}

impl Texts {
    fn get(&self, row: usize) -> Option<String> {
        let column = self.0.as_ref()?.as_string::<i32>();
        column.is_valid(row).then(|| column.value(row).to_owned())
    }
}

impl Integers {
    pub(crate) fn get(&self, row: usize) -> Option<i64> {
        let column = self.0.as_ref()?.as_primitive::<Int64Type>();
        column.is_valid(row).then(|| column.value(row))
    }
}

impl Numbers {
    fn get(&self, row: usize) -> Option<f64> {
        let column = self.0.as_ref()?.as_primitive::<Float64Type>();
        column.is_valid(row).then(|| column.value(row)).filter(|value| value.is_finite())
    }
}

impl Truths {
    fn get(&self, row: usize) -> bool {
        self.0
            .as_ref()
            .map(AsArray::as_boolean)
            .is_some_and(|column| column.is_valid(row) && column.value(row))
    }
}

impl Times {
    fn get(&self, row: usize) -> Option<Timestamp> {
        let column = self.0.as_ref()?.as_primitive::<TimestampMicrosecondType>();
        column.is_valid(row).then(|| Timestamp(column.value(row)))
    }
}
