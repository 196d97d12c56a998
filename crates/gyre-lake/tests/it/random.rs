//! Deaths at random places of random work, on the real tables: whatever died, and however often rows were
//! delivered, each is there once.

use crate::{Numbers, alone, lake};
use gyre_ports::contract::lake::{events, numbers, tables, visits};
use gyre_ports::{Lake, failpoint};
use std::ops::Range;
use std::path::Path;

const FOLDER: &str = "GYRE_TEST_RANDOM_FOLDER";
const SEED: &str = "GYRE_TEST_RANDOM_SEED";
/// Rows of each partition in the end.
const END: u64 = 160;
const PARTITIONS: [u32; 2] = [0, 3];
/// Where it dies: between the steps of a commit, and around every file that comes to its place.
const PLACES: [&str; 5] = [
    "lake.before_commit",
    "lake.after_files",
    "lake.after_commit",
    "lake.before_place",
    "lake.after_place",
];
/// Deaths in one folder; then it may live to the end.
const PER_FOLDER: u64 = 4;

fn number_of(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// One life: delivers what a journal would, cut anew, some of it twice, from before where the last
/// life committed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "dies: run by the tests below"]
async fn delivers_until_it_dies() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut draw = Numbers(number_of(SEED, 0));
    let lake = lake(Path::new(&folder));
    lake.open(&tables()).await.unwrap();
    let mut next = [0; 2];
    for (next, partition) in next.iter_mut().zip(PARTITIONS) {
        let fences = [
            lake.fence("events", partition).await.unwrap(),
            lake.fence("visits", partition).await.unwrap(),
        ];
        let known = fences.iter().map(|fence| fence.map_or(0, |last| last + 1)).min().unwrap();
        *next = draw.below(known + 1);
    }
    while next.iter().any(|next| *next < END) {
        // Partitions come in any order; within one, offsets go up, but for what comes again.
        let at = draw.below(2) as usize;
        let again = next[at] - draw.below(30).min(next[at]);
        let end = (next[at] + draw.below(40)).min(END);
        if again < end {
            deliver(&lake, PARTITIONS[at], again..end, &mut draw).await;
        }
        next[at] = next[at].max(end);
        match draw.below(6) {
            0..3 => {
                lake.commit().await.unwrap();
            }
            3 => lake.maintain().await.unwrap(),
            _ => {}
        }
    }
    lake.commit().await.unwrap();
}

async fn deliver(lake: &dyn Lake, partition: u32, rows: Range<u64>, draw: &mut Numbers) {
    let mut both = vec![events(partition, rows.clone()), visits(partition, rows)];
    if draw.below(2) == 0 {
        both.reverse();
    }
    if draw.below(3) == 0 {
        lake.append(both.clone()).await.unwrap();
    }
    lake.append(both).await.unwrap();
}

/// Lives and deaths in one folder; how many died, and whether every row is there once.
async fn lives(seed: u64, mutant: &str) -> (u64, bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_string_lossy().into_owned();
    let mut draw = Numbers(seed);
    let mut deaths = 0;
    for life in 0.. {
        let place = PLACES[draw.below(PLACES.len() as u64) as usize];
        let at = format!("{place}:{}", 1 + draw.below(40));
        let seed = (seed * 100 + life).to_string();
        let mut variables =
            vec![(FOLDER, path.as_str()), (SEED, seed.as_str()), ("GYRE_MUTANT", mutant)];
        if life < PER_FOLDER {
            variables.push(("GYRE_FAILPOINT", &at));
        }
        if alone("random::delivers_until_it_dies", &variables).status.success() {
            break;
        }
        assert!(life < PER_FOLDER, "seed {seed}: it dies without being killed");
        deaths += 1;
    }
    let lake = lake(folder.path());
    lake.open(&tables()).await.unwrap();
    let mut once = true;
    for table in ["events", "visits"] {
        for partition in PARTITIONS {
            let ask = format!(
                "select count(*), count(distinct _offset), coalesce(max(_offset), -1) \
                 from {table} where _partition = {partition}"
            );
            let end = END as i64;
            once &= numbers(&lake, &ask).await == [end, end, end - 1];
        }
    }
    (deaths, once)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_there_once_wherever_it_died() {
    let wished = number_of("GYRE_LAKE_CRASHES", 12);
    let (mut deaths, mut folders) = (0, number_of("GYRE_LAKE_SEED", 0));
    while deaths < wished {
        let (died, once) = lives(folders, "").await;
        assert!(once, "seed {folders}: a row is missing or there twice");
        deaths += died;
        folders += 1;
    }
    println!("{deaths} deaths in {folders} folders");
}

/// The mutant: rows at or below the fence are taken again.
#[tokio::test(flavor = "multi_thread")]
async fn without_fences_a_row_is_there_twice() {
    assert!(!failpoint::mutant("lake.no_fence"), "this process looks, the others are the mutant");
    let mut sound = true;
    for seed in 0..3 {
        sound &= lives(seed, "lake.no_fence").await.1;
    }
    assert!(!sound, "the mutant doubled nothing: the test has no power");
}
