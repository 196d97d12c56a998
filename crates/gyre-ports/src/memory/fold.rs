//! The in-memory fold.
