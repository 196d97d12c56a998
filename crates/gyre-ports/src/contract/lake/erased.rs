//! Rows erased by the records they are of.

use super::{append, commit, events, fence, numbers, ready, visits};
use crate::lake::Lake;
use std::future::Future;
use std::sync::Arc;

pub(super) async fn erased_records_are_gone<F, Fut>(open: &F)
where
    F: Fn(&'static str) -> Fut,
    Fut: Future<Output = Arc<dyn Lake>>,
{
    let lake = ready(open, "erase_records").await;
    append(lake.as_ref(), vec![events(0, 0..200), visits(0, 0..200), events(1, 0..200)]).await;
    commit(lake.as_ref()).await;
    append(lake.as_ref(), vec![events(0, 200..280), visits(0, 200..280)]).await;
    let gone: Vec<u64> = (0..280).filter(|offset| offset % 10 == 3).chain([9_999]).collect();
    let mut found = lake.find_records(0, &gone).await.expect("find");
    let mut erased = lake.erase_records(0, &gone).await.expect("erase");
    found.sort_unstable();
    erased.sort_unstable();
    assert_eq!(found, erased, "what is found is what is erased");
    assert_eq!(found.len(), 2 * 28, "in both tables, in files and in the tail");
    assert_eq!(lake.erase_records(0, &gone).await.expect("erase"), []);
    assert_eq!(lake.find_records(0, &gone).await.expect("find"), []);
    let check = async |lake: &dyn Lake, when: &str| {
        for table in ["events", "visits"] {
            let all = format!("select count(*) from {table} where _partition = 0");
            assert_eq!(numbers(lake, &all).await, [252], "{table} {when}");
            let left =
                format!("select count(*) from {table} where _partition = 0 and _offset % 10 = 3");
            assert_eq!(numbers(lake, &left).await, [0], "{table} {when}");
        }
        let other = "select count(*) from events where _partition = 1";
        assert_eq!(numbers(lake, other).await, [200], "another partition {when}");
    };
    check(lake.as_ref(), "after erasure").await;
    append(lake.as_ref(), vec![events(0, 0..280), visits(0, 0..280)]).await;
    check(lake.as_ref(), "after the same rows were appended again").await;
    commit(lake.as_ref()).await;
    assert!(lake.purge().await.expect("purge"), "nobody reads an old version");
    check(lake.as_ref(), "after a purge").await;
    assert_eq!(fence(lake.as_ref(), "events", 0).await, Some(279), "the fence covers erased rows");
    drop(lake);
    let lake = ready(open, "erase_records").await;
    check(lake.as_ref(), "after reopening").await;
}
