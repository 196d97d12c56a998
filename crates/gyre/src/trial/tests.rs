//! The examples hold, and what does not hold is told.

use super::{all, shown};
use crate::files::{self, File};
use expect_test::expect;
use std::path::Path;

fn shop() -> Vec<File> {
    let root =
        Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../../examples/shop");
    files::read(&[root]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tests_of_the_shop_pass() {
    let outcomes = all(&shop(), None).await.unwrap();
    expect![[r"
        pass  three_weeks_after_an_order_a_customer_is_due (8 held)
        pass  a_fresh_order_leaves_people_alone (6 held)
        pass  somebody_who_is_due_is_shown_something_at_home (2 held)
        3 of 3 tests passed
    "]]
    .assert_eq(&shown(&outcomes));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_instead_is_told() {
    let mut files = shop();
    let tests = files.iter_mut().find(|file| file.path.ends_with("tests.yaml")).unwrap();
    tests.text = tests
        .text
        .replace("features: {orders: 1, revenue: 40,", "features: {orders: 2, revenue: 40.0,")
        .replace("queued: []", "queued: [win_back]")
        .replace("{discount: not_in_audience,", "{discount: capped,")
        .replace(
            "chosen_one_of: [discount, free_shipping, reminder, nothing]",
            "chosen_one_of: [nothing]",
        );
    let outcomes = all(&files, None).await;
    let said = match outcomes {
        Ok(outcomes) => shown(&outcomes),
        Err(error) => error.to_string(),
    };
    expect![[r"
        FAIL  three_weeks_after_an_order_a_customer_is_due (7 held)
              feature orders: expected 2, came 1
        FAIL  a_fresh_order_leaves_people_alone (4 held)
              refused discount: expected capped, came not_in_audience
              queued: expected win_back, came none
        FAIL  somebody_who_is_due_is_shown_something_at_home (1 held)
              chosen: expected nothing, came discount
        0 of 3 tests passed
    "]]
    .assert_eq(&said);
}
