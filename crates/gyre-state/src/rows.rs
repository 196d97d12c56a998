//! From rows to the port's types. State rows are one of the four serialised boundaries.

use crate::error::{corrupt, failed};
use gyre_model::resource::Kind;
use gyre_model::{Cause, Entry, Family, NodeId, SendId, Timestamp, Workspace};
use gyre_ports::Result;
use gyre_ports::state::{ConsentRow, Contact, Intent, OutboxRow, Phase, ResourceRow};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};

/// What [`outbox`] reads.
macro_rules! outbox_columns {
    () => {
        "send, workspace, campaign, node, channel, due, expires, cause_partition, cause_offset, \
         cause_ordinal, phase, attempt, next_at, decision"
    };
}
/// What [`resource`] reads.
macro_rules! resource_columns {
    () => {
        "workspace, kind, name, version, spec, managed, metadata, written_by, at"
    };
}
pub(crate) use {outbox_columns, resource_columns};

/// One column.
pub(crate) fn column<'r, T>(row: &'r SqliteRow, index: usize) -> Result<T>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
{
    row.try_get(index).map_err(failed("a column of the state is not readable"))
}

/// The code of a phase, on disk.
pub(crate) fn phase_code(phase: Phase) -> i64 {
    match phase {
        Phase::Waiting => 0,
        Phase::Sending => 1,
        Phase::Done => 2,
    }
}

fn phase(code: i64) -> Result<Phase> {
    match code {
        0 => Ok(Phase::Waiting),
        1 => Ok(Phase::Sending),
        2 => Ok(Phase::Done),
        _ => Err(corrupt("the phase of a send is unknown")),
    }
}

fn text(row: &SqliteRow, index: usize) -> Result<String> {
    column(row, index)
}

fn workspace(row: &SqliteRow, index: usize) -> Result<Workspace> {
    Ok(Workspace::new(column(row, index)?))
}

fn timestamp(row: &SqliteRow, index: usize) -> Result<Timestamp> {
    Ok(Timestamp(column(row, index)?))
}

/// A number that is stored with its bits as they are.
fn bits(row: &SqliteRow, index: usize) -> Result<u64> {
    Ok(column::<i64>(row, index)? as u64)
}

fn small(row: &SqliteRow, index: usize) -> Result<u32> {
    u32::try_from(column::<i64>(row, index)?)
        .map_err(|_| corrupt("a number of the state is out of range"))
}

fn id(row: &SqliteRow, index: usize) -> Result<[u8; 16]> {
    let bytes: &[u8] = column(row, index)?;
    bytes.try_into().map_err(|_| corrupt("an id of the state is not whole"))
}

/// JSON as it is stored.
pub(crate) fn json(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| corrupt("a value is not JSON").with(error))
}

pub(crate) fn outbox(row: &SqliteRow) -> Result<OutboxRow> {
    let intent = Intent {
        send: SendId(id(row, 0)?),
        workspace: workspace(row, 1)?,
        campaign: text(row, 2)?,
        node: NodeId(id(row, 3)?),
        channel: text(row, 4)?,
        due: timestamp(row, 5)?,
        expires: timestamp(row, 6)?,
        cause: Cause { partition: small(row, 7)?, offset: bits(row, 8)?, ordinal: small(row, 9)? },
    };
    Ok(OutboxRow {
        intent,
        phase: phase(column(row, 10)?)?,
        attempt: small(row, 11)?,
        next_at: timestamp(row, 12)?,
        decision: column(row, 13)?,
    })
}

pub(crate) fn resource(row: &SqliteRow) -> Result<ResourceRow> {
    let kind = Kind::parse(column(row, 1)?);
    Ok(ResourceRow {
        workspace: workspace(row, 0)?,
        kind: kind.ok_or_else(|| corrupt("the kind of a resource is unknown"))?,
        name: text(row, 2)?,
        version: bits(row, 3)?,
        spec: json(column(row, 4)?)?,
        managed: json(column(row, 5)?)?,
        metadata: json(column(row, 6)?)?,
        by: text(row, 7)?,
        at: timestamp(row, 8)?,
    })
}

pub(crate) fn contact(row: &SqliteRow) -> Result<Contact> {
    Ok(Contact { node: NodeId(id(row, 0)?), channel: text(row, 1)?, at: timestamp(row, 2)? })
}

pub(crate) fn consent(row: &SqliteRow) -> Result<ConsentRow> {
    Ok(ConsentRow {
        workspace: workspace(row, 0)?,
        node: NodeId(id(row, 1)?),
        channel: text(row, 2)?,
        granted: column(row, 3)?,
        occurred_at: timestamp(row, 4)?,
    })
}

/// A decided record: sequence, workspace, family, key, cause (three columns), payload.
pub(crate) fn decided(row: &SqliteRow) -> Result<(u64, Entry)> {
    let family = u8::try_from(column::<i64>(row, 2)?).ok().and_then(Family::from_code);
    let cause = match column::<Option<i64>>(row, 4)? {
        None => None,
        Some(_) => Some(Cause {
            partition: small(row, 4)?,
            offset: bits(row, 5)?,
            ordinal: small(row, 6)?,
        }),
    };
    let entry = Entry {
        workspace: workspace(row, 1)?,
        family: family.ok_or_else(|| corrupt("the family of a record is unknown"))?,
        key: bits(row, 3)?,
        cause,
        payload: column(row, 7)?,
    };
    Ok((bits(row, 0)?, entry))
}
