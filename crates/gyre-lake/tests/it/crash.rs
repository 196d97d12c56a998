//! A process that dies in the middle of a commit, and a disk that does not sync.

use crate::{alone, lake};
use gyre_ports::contract::lake::{events, holds, tables, visits};
use gyre_ports::{ErrorKind, Lake};
use std::path::PathBuf;

/// Where the process that dies writes; without it, its test does nothing.
const FOLDER: &str = "GYRE_TEST_CRASH_FOLDER";

fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "dies: run by the tests below"]
async fn writes_until_it_dies() {
    let Some(folder) = folder() else { return };
    let lake = lake(&folder);
    lake.open(&tables()).await.unwrap();
    let mut end = 0;
    for _ in 0..6 {
        lake.append(vec![events(0, end..end + 20), visits(0, end..end + 20)]).await.unwrap();
        end += 20;
        lake.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_in_a_commit_loses_and_doubles_nothing() {
    for point in ["lake.before_commit", "lake.after_files", "lake.after_commit"] {
        for passing in ["1", "2", "5"] {
            let folder = tempfile::tempdir().unwrap();
            let at = format!("{point}:{passing}");
            let died = alone(
                "crash::writes_until_it_dies",
                &[(FOLDER, &folder.path().to_string_lossy()), ("GYRE_FAILPOINT", &at)],
            );
            assert!(!died.status.success(), "{at} was not reached");
            let lake = lake(folder.path());
            lake.open(&tables()).await.unwrap();
            // What the next process does: replay the journal from the start, and go on.
            lake.append(vec![events(0, 0..150), visits(0, 0..150)]).await.unwrap();
            for table in ["events", "visits"] {
                holds(&lake, table, 0, 150).await;
            }
            lake.commit().await.unwrap();
            lake.maintain().await.unwrap();
            for table in ["events", "visits"] {
                holds(&lake, table, 0, 150).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a fault: run by the test below"]
async fn meets_a_disk_that_does_not_sync() {
    let Some(folder) = folder() else { return };
    let lake = lake(&folder);
    if let Err(error) = lake.open(&tables()).await {
        assert_eq!(error.kind(), ErrorKind::Fatal, "{error}");
        println!("stopped");
        return;
    }
    for end in 1..=5 {
        lake.append(vec![events(0, 0..end * 10)]).await.unwrap();
        if let Err(error) = lake.commit().await {
            assert_eq!(error.kind(), ErrorKind::Fatal, "{error}");
            let again = lake.commit().await.expect_err("nothing is acknowledged any more");
            assert_eq!(again.kind(), ErrorKind::Fatal, "{again}");
            println!("stopped");
            return;
        }
    }
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged() {
    for passing in ["1", "3", "9", "14"] {
        let folder = tempfile::tempdir().unwrap();
        let fault = format!("lake.sync:{passing}");
        let ran = alone(
            "crash::meets_a_disk_that_does_not_sync",
            &[(FOLDER, &folder.path().to_string_lossy()), ("GYRE_FAULT", &fault)],
        );
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success(), "{fault}: {said}{}", String::from_utf8_lossy(&ran.stderr));
        assert!(said.contains("stopped"), "{fault} was never reached");
    }
}
