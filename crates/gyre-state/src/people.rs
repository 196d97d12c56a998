//! What is held of people: counted, removed, and made unreadable on disk.

use crate::error::failed;
use crate::rows::column;
use crate::write::{FAILED, run};
use gyre_model::NodeId;
use gyre_ports::state::Holdings;
use gyre_ports::{Error, ErrorKind, Result};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

/// How often a checkpoint is tried while somebody reads.
const TRIES: u32 = 200;
/// The name under which the register says that the file was written anew since somebody was erased.
const CLEAN: &str = "clean";

/// Counts the rows of nodes: workspace, nodes as JSON, keys as JSON.
pub(crate) const COUNT: &str = "SELECT \
     (SELECT count(*) FROM consent WHERE workspace = ?1 AND node IN (SELECT unhex(value) FROM json_each(?2))), \
     (SELECT count(*) FROM contact WHERE workspace = ?1 AND node IN (SELECT unhex(value) FROM json_each(?2))), \
     (SELECT count(*) FROM outbox WHERE workspace = ?1 AND node IN (SELECT unhex(value) FROM json_each(?2))), \
     (SELECT count(*) FROM decided WHERE workspace = ?1 AND key IN (SELECT value FROM json_each(?3)))";

/// Removes the rows of nodes, in this order: what hangs on a send goes before the send.
const ERASE: [&str; 5] = [
    "DELETE FROM spend WHERE ?3 = ?3 AND send IN (SELECT send FROM outbox WHERE workspace = ?1 \
     AND node IN (SELECT unhex(value) FROM json_each(?2)))",
    "DELETE FROM outbox WHERE ?3 = ?3 AND workspace = ?1 \
     AND node IN (SELECT unhex(value) FROM json_each(?2))",
    "DELETE FROM contact WHERE ?3 = ?3 AND workspace = ?1 \
     AND node IN (SELECT unhex(value) FROM json_each(?2))",
    "DELETE FROM consent WHERE ?3 = ?3 AND workspace = ?1 \
     AND node IN (SELECT unhex(value) FROM json_each(?2))",
    "DELETE FROM decided WHERE ?2 = ?2 AND workspace = ?1 \
     AND key IN (SELECT value FROM json_each(?3))",
];

/// Nodes as a JSON array of hexadecimal digits, and their keys as one of numbers.
pub(crate) fn lists(nodes: &[NodeId]) -> (String, String) {
    let hex: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    let keys: Vec<i64> = nodes.iter().map(|node| node.key() as i64).collect();
    (json!(hex).to_string(), json!(keys).to_string())
}

pub(crate) fn holdings(row: &SqliteRow) -> Result<Holdings> {
    let number = |index| Ok::<_, Error>(column::<i64>(row, index)? as u64);
    Ok(Holdings {
        consent: number(0)?,
        contacts: number(1)?,
        outbox: number(2)?,
        decided: number(3)?,
    })
}

/// Removes the rows of nodes.
pub(crate) async fn erase(
    connection: &mut SqliteConnection,
    workspace: &str,
    nodes: &[NodeId],
) -> Result<()> {
    run(connection, sqlx::query("DELETE FROM register WHERE name = ?").bind(CLEAN)).await?;
    let (hex, keys) = lists(nodes);
    for statement in ERASE {
        run(connection, sqlx::query(statement).bind(workspace).bind(&hex).bind(&keys)).await?;
    }
    Ok(())
}

/// Writes the file anew when somebody was erased since the last time, and empties the log. What is removed is
/// overwritten where it stood (`secure_delete`), but not what was left where a row stood before a page
/// was split, nor what versions without it left; and the log keeps older pages until it is emptied.
pub(crate) async fn purge(connection: &mut SqliteConnection) -> Result<()> {
    if gyre_ports::failpoint::mutant("state.no_purge") {
        return Ok(());
    }
    let clean = sqlx::query("SELECT value FROM register WHERE name = ?").bind(CLEAN);
    let clean = clean.fetch_optional(&mut *connection).await.map_err(failed(FAILED))?;
    if clean.is_none() {
        run(connection, sqlx::query("VACUUM")).await?;
        run(connection, sqlx::query("INSERT INTO register VALUES (?, 1)").bind(CLEAN)).await?;
    }
    for _ in 0..TRIES {
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut *connection)
            .await
            .map_err(failed(FAILED))?;
        let busy: i64 = row.try_get(0).map_err(failed(FAILED))?;
        if busy == 0 {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Err(Error::new(ErrorKind::Busy, "the log of the state could not be emptied while it is read"))
}
