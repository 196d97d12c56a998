//! Laws of the files: two of a seed are equal, dirt is planted as counted, a member stays when others come.

use super::files::{File, Files};
use super::truth::Truth;
use super::{dirt, generate};
use crate::time::Time;
use serde_json::Value;

fn world(seed: u64, people: u32) -> (Vec<String>, Truth) {
    let mut files = Files::new(|_| Ok(Vec::new())).unwrap();
    let truth = generate(seed, people, &mut files).unwrap();
    let texts = files.into_inner().into_iter().map(|file| String::from_utf8(file).unwrap());
    (texts.collect(), truth)
}

#[test]
fn two_sets_of_a_seed_are_equal_and_of_two_seeds_are_not() {
    assert_eq!(world(3, 200), world(3, 200));
    assert_ne!(world(3, 200).0, world(4, 200).0);
}

#[test]
fn members_stay_as_they_are_when_there_are_more_of_them() {
    let (few, many) = (world(3, 100).0, world(3, 150).0);
    for (few, many) in few.iter().zip(&many) {
        assert!(many.starts_with(few.as_str()));
    }
}

#[test]
fn rows_are_counted_and_every_kind_of_dirt_is_there() {
    let (texts, truth) = world(1, 1000);
    for file in File::ALL {
        let lines = texts[file as usize].lines().count() as u64;
        let header = u64::from(file.name().rsplit_once('.').is_some_and(|(_, kind)| kind == "csv"));
        assert_eq!(truth.rows[file.key()], lines - header, "{}", file.name());
    }
    let rules = include_str!("../../../../examples/prime-day/plan.yaml");
    for line in rules.lines().filter(|line| line.contains("- {name: ")) {
        let rule = line.split_once("name: ").unwrap().1.split(',').next().unwrap();
        assert!(truth.planted.get(rule).is_some_and(|count| *count > 0), "{rule}: {truth:?}");
    }
    let clean = serde_json::to_value(&truth.clean).unwrap();
    assert!(clean["orders"]["count"].as_u64() > Some(20), "{clean}");
    assert!(clean["store_orders"]["revenue"].as_f64() > Some(0.0), "{clean}");
    assert_eq!(truth.clean.variants.values().map(|one| one.enrolled).sum::<u64>(), 1000);
}

#[test]
fn sums_follow_from_the_rows() {
    let (texts, truth) = world(5, 400);
    let mut revenue = std::collections::BTreeMap::new();
    for line in texts[File::Orders as usize].lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let (Some(id), Some(amount)) = (row["order_id"].as_str(), row["revenue"].as_f64()) else {
            continue;
        };
        if amount > 0.0 {
            revenue.insert(id.to_owned(), (amount * 100.0).round() as i64);
        }
    }
    let written_as_text = truth.clean.orders.count - revenue.len() as u64;
    assert!(written_as_text <= truth.planted["order_amounts"], "{written_as_text}");
    assert!(revenue.values().sum::<i64>() <= truth.clean.orders.revenue.0);
}

#[test]
fn dirt_is_written_as_people_write_it() {
    let at = Time::parse("2025-07-08T09:05:00Z").unwrap();
    assert_eq!(dirt::day(at, 0.0), "08.07.2025");
    assert_eq!(dirt::time(at, 0.99), "08 Jul 2025 09:05:00");
    assert_eq!(dirt::size("600×300", 0.0), "600300");
    assert_eq!(dirt::name("loyal_members", 0.0), "Loyal Members");
    assert_eq!([dirt::amount(8_990), dirt::amount(123_405)], ["89,90 €", "1.234,05 €"]);
}
