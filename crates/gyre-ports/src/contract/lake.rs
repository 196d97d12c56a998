//! The contract of the lake.
//!
//! Rows here are a function of their offset, and offsets are appended without gaps, so that "a prefix,
//! none twice" can be asked in SQL: as many rows as the greatest offset says, all different.

use crate::lake::{
    ColumnMeaning, Committed, Lake, Personal, Query, Rows, Sql, TableBatch, TableSpec,
};
use arrow_array::{
    ArrayRef, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use gyre_model::{Offset, Partition, PersonId};
use std::collections::BTreeMap;
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

mod asked;
mod erased;
mod stored;

/// How many people the rows are about: the row at an offset is about number `offset % PEOPLE`.
pub const PEOPLE: u64 = 7;
/// How many consecutive offsets are of one day.
const PER_DAY: u64 = 100;
/// Long enough for any honest query.
const PATIENCE: Duration = Duration::from_secs(60);

/// Checks every promise of [`Lake`].
///
/// `open(name)` gives the lake of that name as a new process would find it, not opened yet: earlier
/// handles of the name were dropped. Needs a tokio runtime with several threads.
pub async fn suite<F, Fut>(open: F)
where
    F: Fn(&'static str) -> Fut,
    Fut: Future<Output = Arc<dyn Lake>>,
{
    stored::rows_are_visible_at_once(ready(&open, "visible").await).await;
    stored::commits_move_the_tail(ready(&open, "moves").await).await;
    stored::rows_are_stored_once(&open).await;
    stored::partitions_have_their_own_fences(&open).await;
    stored::what_is_committed_survives(&open).await;
    stored::wrong_rows_are_refused_whole(ready(&open, "wrong").await).await;
    stored::columns_are_added(&open).await;
    asked::queries_keep_to_their_bounds(ready(&open, "bounds").await).await;
    asked::mistakes_are_explained(ready(&open, "mistakes").await).await;
    asked::queries_only_read(ready(&open, "reads").await).await;
    stored::erased_people_are_gone(&open).await;
    erased::erased_records_are_gone(&open).await;
    stored::upkeep_changes_no_answer(&open).await;
    stored::rows_never_disappear(ready(&open, "race").await).await;
}

fn columns(own: &[Field]) -> SchemaRef {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields = vec![
        Field::new("_partition", DataType::Int32, false),
        Field::new("_offset", DataType::Int64, false),
        Field::new("at", instant, false),
        Field::new("event_date", DataType::Date32, false),
        Field::new("workspace", DataType::Utf8, false),
    ];
    fields.extend_from_slice(own);
    Arc::new(Schema::new(fields))
}

const AMOUNT: ColumnMeaning = ColumnMeaning { comment: "how much it was", personal: Personal::No };

/// The tables of the suite: one with people and one without.
pub fn tables() -> Vec<TableSpec> {
    vec![
        TableSpec {
            name: "events",
            comment: "what people did",
            schema: columns(&[
                Field::new("person", DataType::Utf8, true),
                Field::new("name", DataType::Utf8, true),
                Field::new("amount", DataType::Int64, true),
            ]),
            columns: [("amount", AMOUNT)].into(),
        },
        TableSpec {
            name: "visits",
            comment: "how long they stayed",
            schema: columns(&[Field::new("seconds", DataType::Float64, true)]),
            columns: BTreeMap::new(),
        },
    ]
}

/// Person number `number` of the rows.
pub fn person(number: u64) -> PersonId {
    PersonId::of(&[b"contract", &number.to_le_bytes()])
}

fn system(partition: Partition, offsets: &Range<Offset>) -> Vec<ArrayRef> {
    let all = || offsets.clone();
    vec![
        Arc::new(Int32Array::from_iter_values(all().map(|_| partition as i32))),
        Arc::new(Int64Array::from_iter_values(all().map(|offset| offset as i64))),
        Arc::new(
            TimestampMicrosecondArray::from_iter_values(
                all().map(|offset| 1_700_000_000_000_000 + offset as i64 * 1_001),
            )
            .with_timezone("UTC"),
        ),
        Arc::new(Date32Array::from_iter_values(
            all().map(|offset| 19_675 + (offset / PER_DAY) as i32),
        )),
        Arc::new(StringArray::from_iter_values(all().map(|_| "main"))),
    ]
}

/// The rows of `events` at these offsets.
pub fn events(partition: Partition, offsets: Range<Offset>) -> TableBatch {
    let all = || offsets.clone();
    let mut columns = system(partition, &offsets);
    columns.push(Arc::new(StringArray::from_iter_values(
        all().map(|offset| person(offset % PEOPLE).to_string()),
    )));
    columns.push(Arc::new(StringArray::from_iter(
        all().map(|offset| (!offset.is_multiple_of(11)).then(|| format!("event {}", offset % 3))),
    )));
    columns.push(Arc::new(Int64Array::from_iter(
        all().map(|offset| (!offset.is_multiple_of(5)).then_some(offset as i64)),
    )));
    batch(0, columns)
}

/// The rows of `visits` at these offsets.
pub fn visits(partition: Partition, offsets: Range<Offset>) -> TableBatch {
    let mut columns = system(partition, &offsets);
    columns
        .push(Arc::new(Float64Array::from_iter_values(offsets.map(|offset| offset as f64 / 2.0))));
    batch(1, columns)
}

fn batch(table: usize, columns: Vec<ArrayRef>) -> TableBatch {
    let spec = tables().swap_remove(table);
    let rows = RecordBatch::try_new(spec.schema, columns).expect("rows fit their table");
    TableBatch { table: spec.name, rows }
}

async fn ready<F, Fut>(open: &F, name: &'static str) -> Arc<dyn Lake>
where
    F: Fn(&'static str) -> Fut,
    Fut: Future<Output = Arc<dyn Lake>>,
{
    let lake = open(name).await;
    lake.open(&tables()).await.expect("tables open");
    lake
}

/// A query with generous bounds.
pub fn query(text: &str) -> Query {
    Query {
        sql: Sql::Text(text.to_owned()),
        parameters: Vec::new(),
        max_rows: 100_000,
        timeout: PATIENCE,
    }
}

async fn ask(lake: &dyn Lake, text: &str) -> Rows {
    match lake.query(query(text)).await {
        Ok(rows) => rows,
        Err(error) => panic!("{text}: {error}"),
    }
}

fn count(rows: &Rows) -> usize {
    rows.batches.iter().map(RecordBatch::num_rows).sum()
}

/// The whole numbers of the first row.
pub async fn numbers(lake: &dyn Lake, text: &str) -> Vec<i64> {
    let rows = ask(lake, text).await;
    let batch = rows.batches.iter().find(|batch| batch.num_rows() > 0);
    let batch = batch.unwrap_or_else(|| panic!("{text}: no rows"));
    let number = |column: &ArrayRef| {
        let column = column.as_any().downcast_ref::<Int64Array>();
        column.unwrap_or_else(|| panic!("{text}: not a whole number")).value(0)
    };
    batch.columns().iter().map(number).collect()
}

/// Asserts that a table holds exactly the rows below `end` of a partition, each once.
pub async fn holds(lake: &dyn Lake, table: &str, partition: Partition, end: Offset) {
    let sql = format!(
        "select count(*), count(distinct _offset), coalesce(min(_offset), 0), \
         coalesce(max(_offset), -1), coalesce(sum(_offset), 0) from {table} \
         where _partition = {partition}"
    );
    let end = end as i64;
    let wanted = vec![end, end, 0, end - 1, end * (end - 1) / 2];
    let have = numbers(lake, &sql).await;
    assert_eq!(
        have, wanted,
        "rows are not stored exactly once: {table} of partition {partition} has \
         [count, different, least, greatest, sum] other than those of a prefix"
    );
}

async fn append(lake: &dyn Lake, batches: Vec<TableBatch>) {
    lake.append(batches).await.expect("append");
}

async fn commit(lake: &dyn Lake) -> Committed {
    lake.commit().await.expect("commit")
}

async fn fence(lake: &dyn Lake, table: &str, partition: Partition) -> Option<Offset> {
    lake.fence(table, partition).await.expect("fence")
}
