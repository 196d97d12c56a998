//! Which files are read, which tables are refused, what a killed process leaves behind, and what
//! stands in a log.

use crate::delta::disk::{Disk, remove_staged};
use crate::snapshot::Snapshot;
use crate::{DeltaLake, Options};
use arrow_array::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::physical_plan::collect;
use gyre_datafusion::{Limits, Tables, gyre_config, gyre_runtime, gyre_state, plan};
use gyre_model::Timestamp;
use gyre_ports::Lake;
use gyre_ports::clock::ManualClock;
use gyre_ports::contract::lake::{events, tables};
use gyre_ports::lake::Sql;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode};
use std::sync::Arc;

fn options() -> Options {
    Options::new(Arc::new(ManualClock::new(Timestamp(0))))
}

/// Ten files of a day each, offsets 0 to 999.
async fn ten_days(folder: &std::path::Path) -> DeltaLake {
    let lake = DeltaLake::open_at(folder, options()).unwrap();
    lake.open(&tables()).await.unwrap();
    for day in 0..10 {
        lake.append(vec![events(0, day * 100..day * 100 + 100)]).await.unwrap();
        lake.commit().await.unwrap();
    }
    lake
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_reads_only_the_files_it_must() {
    let folder = tempfile::tempdir().unwrap();
    let lake = ten_days(folder.path()).await;
    let base = lake.base("events");
    let snapshot = (base.provider.as_ref() as &dyn TableProvider).downcast_ref::<Snapshot>();
    let snapshot = snapshot.unwrap();
    assert_eq!(snapshot.file_count(), 10);
    let state = gyre_state(gyre_config(2), gyre_runtime(&Limits::default()).unwrap());
    let columns = DFSchema::try_from(base.shown.as_ref().clone()).unwrap();
    for (filter, files) in [
        ("event_date = date '2023-11-16'", 1),
        ("event_date >= date '2023-11-16' and event_date < date '2023-11-18'", 2),
        ("extract(day from event_date) = 17", 1),
        ("event_date = date '2001-01-01'", 0),
        ("_offset < 150", 2),
        ("_offset between 150 and 250", 2),
        ("amount > 898", 2),
        ("event_date > date '2023-11-20' and _offset < 850", 2),
        // 899 is in the ninth file; its time in the log is cut to the millisecond.
        ("at >= timestamp '2023-11-14T22:13:20.899899Z'", 2),
        ("at > timestamp '2023-11-14T22:13:21.5Z'", 0),
        // Text has no statistics.
        ("name = 'nothing'", 10),
        ("_partition = 1", 0),
        ("workspace = 'other'", 0),
    ] {
        let parsed = state.create_logical_expr(filter, &columns).unwrap();
        let keep = snapshot.prune(&state, &split_conjunction_owned(parsed)).unwrap();
        assert_eq!(keep.iter().filter(|keep| **keep).count(), files, "{filter}");
    }
}

/// Rows that come out of the files of a plan, and those that come out of it.
async fn rows(state: &SessionState, sql: &str) -> (usize, usize) {
    let plan = plan(state, &Sql::Text(sql.to_owned()), &[]).await.unwrap();
    let plan = state.create_physical_plan(&plan).await.unwrap();
    let found = collect(Arc::clone(&plan), state.task_ctx()).await.unwrap();
    let mut read = 0;
    plan.apply(|node| {
        if node.children().is_empty() {
            read += node.metrics().and_then(|all| all.output_rows()).unwrap_or_default();
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    (read, found.iter().map(RecordBatch::num_rows).sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_are_found_without_reading_what_is_older() {
    let folder = tempfile::tempdir().unwrap();
    let lake = ten_days(folder.path()).await;
    let mut state = lake.moment().unwrap();
    state.config_mut().options_mut().execution.target_partitions = 1;
    for column in ["_offset", "at", "event_date"] {
        let sql = format!("select _offset, name from events order by {column} desc, name limit 5");
        let (read, found) = rows(&state, &sql).await;
        assert!(
            found == 5 && (5..=200).contains(&read),
            "by {column} {read} of 1000 rows were read"
        );
    }
    // The oldest are in the last file.
    let (read, _) = rows(&state, "select name from events order by _offset limit 5").await;
    assert_eq!(read, 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_a_plain_scan_would_read_wrongly_are_refused() {
    for (key, value) in
        [("delta.enableDeletionVectors", "true"), ("delta.columnMapping.mode", "name")]
    {
        let folder = tempfile::tempdir().unwrap();
        crate::delta::make_with(&folder.path().join("events"), &tables()[0], key, value).await;
        let lake = DeltaLake::open_at(folder.path(), options()).unwrap();
        let error = lake.open(&tables()).await.unwrap_err();
        assert_eq!(error.kind(), gyre_ports::ErrorKind::Invalid, "{key}: {error}");
        assert!(error.what().contains("delta"), "{key}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_people_are_not_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let lake = ten_days(folder.path()).await;
    let mut log = String::new();
    for entry in std::fs::read_dir(lake.table_folder("events").join("_delta_log")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            log.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    assert!(log.contains("what people did"), "the table's comment is there");
    assert!(log.contains("_offset") && log.contains("minValues"), "statistics are there");
    let person = gyre_ports::contract::lake::person(1).to_string();
    assert!(!log.contains("event 1") && !log.contains(&person), "no values of people");
}

#[tokio::test]
async fn an_object_is_put_once_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let disk = Disk::new(root.clone());
    let path = Path::from_absolute_path(root.join("a/b/c.json")).unwrap();
    let create = || PutMode::Create.into();
    disk.put_opts(&path, "one".into(), create()).await.unwrap();
    let again = disk.put_opts(&path, "two".into(), create()).await.unwrap_err();
    assert!(matches!(again, object_store::Error::AlreadyExists { .. }), "{again}");
    assert_eq!(disk.get(&path).await.unwrap().bytes().await.unwrap(), "one");
    disk.put(&path, "three".into()).await.unwrap();
    assert_eq!(disk.get(&path).await.unwrap().bytes().await.unwrap(), "three");
    let parts = Path::from_absolute_path(root.join("a/parts.parquet")).unwrap();
    let mut upload = disk.put_multipart(&parts).await.unwrap();
    let (first, second) = (upload.put_part("first ".into()), upload.put_part("second".into()));
    second.await.unwrap();
    first.await.unwrap();
    assert!(disk.get(&parts).await.is_err(), "not there before it is whole");
    upload.complete().await.unwrap();
    assert_eq!(disk.get(&parts).await.unwrap().bytes().await.unwrap(), "first second");
    assert_eq!(
        std::fs::read_dir(root.join("a/b")).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn what_a_killed_process_left_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("event_date=2026-01-01");
    std::fs::create_dir(&inner).unwrap();
    for name in ["kept.parquet", "half.parquet#0", "half.parquet#12", "odd#name"] {
        std::fs::write(inner.join(name), "x").unwrap();
    }
    remove_staged(folder.path()).unwrap();
    let mut left: Vec<_> = std::fs::read_dir(&inner)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["kept.parquet", "odd#name"]);
}
