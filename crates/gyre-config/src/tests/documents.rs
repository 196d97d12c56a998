//! The committed schema and reference say what the types say. `UPDATE_EXPECT=1` writes them anew.

use crate::{json_schema, reference};
use expect_test::expect_file;

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let mut schema = serde_json::to_string_pretty(&json_schema()).unwrap();
    schema.push('\n');
    expect_file!["../../../../docs/reference/config.schema.json"].assert_eq(&schema);
}

#[test]
fn the_committed_reference_is_that_of_the_types() {
    expect_file!["../../../../docs/reference/config.md"].assert_eq(&reference());
}
