//! The examples are clean.

use super::{read, show};
use crate::{Parsed, parse};
use expect_test::expect;
use std::path::PathBuf;

/// The files of one example, by name.
pub(super) fn files(example: &str) -> Vec<(String, String)> {
    let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap())
        .join("../../examples")
        .join(example);
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn clean(example: &str) -> Vec<Parsed> {
    let files = files(example);
    let texts: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let (set, found) = read(&texts);
    assert_eq!(show(&found), "");
    set
}

#[test]
fn the_shop_is_clean() {
    let set = clean("shop");
    let mut kinds: Vec<String> = set
        .iter()
        .map(|parsed| match parsed.resource() {
            Some(resource) => format!("{} {}", resource.kind(), resource.metadata.name),
            None => format!("Test {}", parsed.test().unwrap().metadata.name),
        })
        .collect();
    kinds.sort();
    expect![[r#"
        Audience browsing
        Audience customers
        Audience due
        Campaign win_back
        ContactPolicy gentle
        Content discount_email
        Content discount_in_app
        Content free_shipping_email
        Content free_shipping_in_app
        Content reminder_email
        Content reminder_in_app
        DecisionPolicy next_best_offer
        Feature clicked_90d
        Feature coupons
        Feature first_name
        Feature first_order_at
        Feature last_order_at
        Feature margin
        Feature opened_90d
        Feature orders
        Feature orders_90d
        Feature revenue
        Feature shipping_views
        Feature shown_90d
        Feature usual_order
        Feature visits_30d
        Lifecycle customer
        Loop repurchase
        Offer discount_15
        Offer free_shipping
        Source shop
        Source web
        Test a_fresh_order_leaves_people_alone
        Test somebody_who_is_due_is_shown_something_at_home
        Test three_weeks_after_an_order_a_customer_is_due
    "#]]
    .assert_eq(&(kinds.join("\n") + "\n"));
}

#[test]
fn the_hillstrom_test_is_clean() {
    assert_eq!(clean("hillstrom").len(), 3);
}

#[test]
fn what_is_printed_reads_the_same() {
    for parsed in clean("shop").into_iter().chain(clean("hillstrom")) {
        let Some(resource) = parsed.resource() else { continue };
        let text = crate::print(resource).unwrap();
        let (again, found) = parse("printed.yaml", &text);
        assert_eq!(show(&found), "", "{text}");
        assert_eq!(again[0].resource(), Some(resource), "{text}");
    }
}
