//! Other engines read the tables: deltalake for Python, DuckDB over the files it names, and Sail.

use crate::lake;
use gyre_ports::Lake;
use gyre_ports::contract::lake::{events, numbers, person, tables, visits};
use std::path::Path;
use std::process::Command;

/// The Python that has the packages of `tests/python/requirements.txt`.
const PYTHON: &str = "GYRE_TEST_PYTHON";

/// What every engine is asked, as this one answers it.
async fn ours(lake: &dyn Lake, table: &str, person: &str) -> String {
    let person = if table == "events" { format!("person = '{person}'") } else { "false".into() };
    let sql = format!(
        "select count(*), coalesce(sum(_offset), 0), count(distinct event_date), \
         coalesce(sum(case when {person} then 1 else 0 end), 0) from {table}"
    );
    let numbers: Vec<_> = numbers(lake, &sql).await.iter().map(ToString::to_string).collect();
    numbers.join(" ")
}

async fn compare(python: &str, lake: &dyn Lake, folder: &Path, person: &str, when: &str) {
    let script =
        Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("tests/readers.py");
    let ran = Command::new(python).arg(script).arg(folder).arg(person).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{when}: {said}{}", String::from_utf8_lossy(&ran.stderr));
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 8, "{when}: two tables, four ways to read them: {said}");
    for line in lines {
        let (engine, rest) = line.split_once(' ').unwrap();
        let (table, theirs) = rest.split_once(' ').unwrap();
        assert_eq!(theirs, ours(lake, table, person).await, "{when}: {engine} reads {table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_engines_read_the_same() {
    let Ok(python) = std::env::var(PYTHON) else {
        assert!(std::env::var("CI").is_err(), "{PYTHON} is not set: other engines were not tested");
        println!("left out: other engines read the same ({PYTHON} is not set)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path());
    lake.open(&tables()).await.unwrap();
    let gone = person(3);
    let text = gone.to_string();
    compare(&python, &lake, folder.path(), &text, "empty").await;
    for round in 0..30 {
        let rows = round * 20..round * 20 + 20;
        lake.append(vec![events(0, rows.clone()), visits(1, rows)]).await.unwrap();
        lake.commit().await.unwrap();
    }
    compare(&python, &lake, folder.path(), &text, "after commits").await;
    assert!(lake.erase(&[gone]).await.unwrap() > 0);
    compare(&python, &lake, folder.path(), &text, "after erasure").await;
    lake.maintain().await.unwrap();
    compare(&python, &lake, folder.path(), &text, "after compaction").await;
    let script =
        Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("tests/readers.py");
    let mut told = Command::new(&python);
    let told = told.arg(&script).arg(folder.path()).arg("--comments").output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&told.stdout).trim(),
        "amount no how much it was",
        "{told:?}"
    );
    // Nothing of the person is left in any file, part of the table or not.
    let mut left = Command::new(&python);
    let left = left.arg(script).arg(folder.path()).args([&text, "--all-files"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&left.stdout).trim(), "0", "{left:?}");
}
