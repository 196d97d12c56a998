//! A day that is over is put in order, once; the day that goes on is left alone.

use crate::clock;
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, Date32Array, RecordBatch};
use arrow_schema::DataType;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use deltalake::DeltaTableBuilder;
use gyre_lake::{DeltaLake, Options};
use gyre_ports::Lake;
use gyre_ports::contract::lake::{events, holds, numbers, tables};
use gyre_ports::lake::TableBatch;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// 2026-02-27, which is over, and 2026-03-01, which is not.
const OVER: i32 = 20_511;
const TODAY: i32 = 20_513;

fn on(day: i32, batch: TableBatch) -> TableBatch {
    let mut columns = batch.rows.columns().to_vec();
    columns[3] = Arc::new(Date32Array::from(vec![day; batch.rows.num_rows()]));
    TableBatch { rows: RecordBatch::try_new(batch.rows.schema(), columns).unwrap(), ..batch }
}

/// Of each file of a day the least and the greatest person, in their order. The log has no statistics of
/// people, so the files are read.
async fn people_of_files(folder: &Path, day: &str) -> Vec<(String, String)> {
    let url = url::Url::from_directory_path(folder.join("events")).unwrap();
    let table = DeltaTableBuilder::from_url(url).unwrap().load().await.unwrap();
    let mut found = Vec::new();
    for path in table.get_file_uris().unwrap().filter(|path| path.contains(day)) {
        let context = SessionContext::new();
        let path = path.trim_start_matches("file://");
        context.register_parquet("file", path, ParquetReadOptions::default()).await.unwrap();
        let asked = "select min(person), max(person) from file";
        let rows = context.sql(asked).await.unwrap().collect().await.unwrap();
        let text = |column: &ArrayRef| {
            let column = arrow_cast::cast(column, &DataType::Utf8).unwrap();
            column.as_string::<i32>().value(0).to_owned()
        };
        found.push((text(rows[0].column(0)), text(rows[0].column(1))));
    }
    found.sort();
    found
}

#[tokio::test]
async fn a_day_that_is_over_is_put_in_order_once() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        order_above: 2,
        target_file: 60_000,
        retention: Duration::ZERO,
        ..Options::new(clock())
    };
    let lake = DeltaLake::open_at(folder.path(), options).unwrap();
    lake.open(&tables()).await.unwrap();
    let mut end = 0;
    for _ in 0..12 {
        for day in [OVER, TODAY] {
            lake.append(vec![on(day, events(0, end..end + 1_000))]).await.unwrap();
            end += 1_000;
        }
        lake.commit().await.unwrap();
    }
    let asked = "select count(*), sum(amount), count(distinct person) from events";
    let before = numbers(&lake, asked).await;
    assert_eq!(people_of_files(folder.path(), "2026-02-27").await.len(), 12);
    lake.maintain().await.unwrap();

    holds(&lake, "events", 0, end).await;
    assert_eq!(numbers(&lake, asked).await, before);
    assert_eq!(people_of_files(folder.path(), "2026-03-01").await.len(), 12, "today goes on");
    let ordered = people_of_files(folder.path(), "2026-02-27").await;
    assert!((2..12).contains(&ordered.len()), "{ordered:?}");
    // Everybody was in every file; now no file has everybody.
    let all = (&ordered[0].0, ordered.iter().map(|(_, most)| most).max().unwrap());
    assert!(ordered.iter().all(|(least, most)| (least, most) != all), "{ordered:?}");
    // What is in order stays as it is.
    lake.maintain().await.unwrap();
    assert_eq!(people_of_files(folder.path(), "2026-02-27").await, ordered);
    assert_eq!(numbers(&lake, asked).await, before);
}
