//! Refuses tables that a plain Parquet scan would read wrongly.

use deltalake::table::state::DeltaTableState;
use gyre_ports::{Error, ErrorKind, Result};
use serde_json::Value;

/// Reader features that change nothing about how data files are read.
const HARMLESS: [&str; 3] = ["timestampNtz", "v2Checkpoint", "vacuumProtocolCheck"];

fn refused(what: String) -> Error {
    Error::new(ErrorKind::Invalid, what)
}

/// Refuses, with kind `Invalid`, deletion vectors, column mapping and unknown reader features.
pub(crate) fn check(table: &str, state: &DeltaTableState) -> Result<()> {
    // The protocol's fields are private; it serialises as the Delta specification names them.
    let protocol = serde_json::to_value(state.protocol())
        .map_err(|error| refused(format!("table {table}: unreadable protocol")).with(error))?;
    let version = protocol.get("minReaderVersion").and_then(Value::as_i64).unwrap_or(i64::MAX);
    // 2 is column mapping without naming it.
    if version != 1 && version != 3 {
        return Err(refused(format!("table {table}: delta reader version {version}")));
    }
    let features = protocol.get("readerFeatures").and_then(Value::as_array);
    for feature in features.into_iter().flatten() {
        let feature = feature.as_str().unwrap_or("without a name");
        if !HARMLESS.contains(&feature) {
            return Err(refused(format!("table {table}: delta reader feature {feature}")));
        }
    }
    let mapping = state.metadata().configuration().get("delta.columnMapping.mode");
    if mapping.is_some_and(|mode| mode != "none") {
        return Err(refused(format!("table {table}: delta column mapping")));
    }
    if state.log_data().iter().any(|file| file.deletion_vector_descriptor().is_some()) {
        return Err(refused(format!("table {table}: delta deletion vectors")));
    }
    Ok(())
}
