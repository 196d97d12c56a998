//! Everything that is written, inside one transaction that the caller began and ends.

use crate::error::{conflict, failed, invalid};
use crate::people;
use crate::rows::{column, phase_code};
use gyre_model::{Decimal, Entry, NodeId, SendId, Timestamp};
use gyre_ports::state::{
    ConsentRow, Epoch, Intent, Op, Phase, Position, Reservation, ResourceRow, Spend,
};
use gyre_ports::{Error, ErrorKind, Result};
use serde_json::Value;
use sqlx::sqlite::SqliteQueryResult;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

/// Rows of one statement: well under SQLite's limit of bound values.
const ROWS: usize = 200;

pub(crate) const FAILED: &str = "the state can not be written";

/// What one transaction does.
#[derive(Debug)]
pub(crate) enum Work {
    Begin,
    Commit { epoch: Epoch, position: Option<Position>, ops: Vec<Op> },
    Forget { epoch: Epoch, upto: u64 },
    Erase { epoch: Epoch, workspace: String, nodes: Vec<NodeId> },
}

/// Numbers that a transaction reads at its begin and writes at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Register {
    epoch: u64,
    next_decided: u64,
    done: u64,
}

/// Does the work and gives the newest epoch.
pub(crate) async fn work(connection: &mut SqliteConnection, work: Work) -> Result<Epoch> {
    let before = Register::read(connection).await?;
    let mut after = before;
    match work {
        Work::Begin => after.epoch += 1,
        Work::Commit { epoch, position, ops } => {
            before.check(epoch)?;
            apply(connection, &mut after, ops).await?;
            if let Some(position) = position {
                move_to(connection, position).await?;
            }
        }
        Work::Forget { epoch, upto } => {
            before.check(epoch)?;
            let upto = i64::try_from(upto).unwrap_or(i64::MAX);
            let forget = sqlx::query("DELETE FROM decided WHERE sequence <= ?").bind(upto);
            run(connection, forget).await?;
        }
        Work::Erase { epoch, workspace, nodes } => {
            before.check(epoch)?;
            people::erase(connection, &workspace, &nodes).await?;
        }
    }
    after.write(connection, before).await?;
    Ok(Epoch(after.epoch))
}

impl Register {
    async fn read(connection: &mut SqliteConnection) -> Result<Self> {
        let row = sqlx::query(
            "SELECT max(value) FILTER (WHERE name = 'epoch'), \
             max(value) FILTER (WHERE name = 'next_decided'), \
             max(value) FILTER (WHERE name = 'done') FROM register",
        )
        .fetch_one(connection)
        .await
        .map_err(failed(FAILED))?;
        let number = |index| Ok::<_, Error>(column::<i64>(&row, index)? as u64);
        Ok(Self { epoch: number(0)?, next_decided: number(1)?, done: number(2)? })
    }

    fn check(&self, epoch: Epoch) -> Result<()> {
        if epoch.0 == self.epoch {
            return Ok(());
        }
        Err(conflict("the writer's epoch is not the newest"))
    }

    async fn write(self, connection: &mut SqliteConnection, before: Self) -> Result<()> {
        let numbers = [
            ("epoch", self.epoch, before.epoch),
            ("next_decided", self.next_decided, before.next_decided),
            ("done", self.done, before.done),
        ];
        for (name, now, before) in numbers {
            if now != before {
                let update = sqlx::query("UPDATE register SET value = ? WHERE name = ?");
                run(connection, update.bind(now as i64).bind(name)).await?;
            }
        }
        Ok(())
    }
}

type Statement<'q> = sqlx::query::Query<'q, Sqlite, sqlx::sqlite::SqliteArguments>;

pub(crate) async fn run(
    connection: &mut SqliteConnection,
    statement: Statement<'_>,
) -> Result<u64> {
    let result: SqliteQueryResult = statement.execute(connection).await.map_err(failed(FAILED))?;
    Ok(result.rows_affected())
}

/// In order; neighbours of one kind that do not depend on one another go into one statement.
async fn apply(
    connection: &mut SqliteConnection,
    register: &mut Register,
    ops: Vec<Op>,
) -> Result<()> {
    let mut ops = ops.into_iter().peekable();
    while let Some(op) = ops.next() {
        match op {
            Op::PutResource(row) => put_resource(connection, &row).await?,
            Op::Enqueue(first) => {
                let mut intents = vec![first];
                while let Some(Op::Enqueue(next)) = ops.next_if(|op| matches!(op, Op::Enqueue(_))) {
                    intents.push(next);
                }
                enqueue(connection, &intents).await?;
            }
            Op::Reserve(reservation) => reserve(connection, &reservation).await?,
            Op::Finish { send, release } => {
                finish(connection, send, release).await?;
                register.done += 1;
            }
            Op::Retry { send, next_at } => retry(connection, send, next_at).await?,
            Op::Consent(first) => {
                let mut rows = vec![first];
                while let Some(Op::Consent(next)) = ops.next_if(|op| matches!(op, Op::Consent(_))) {
                    rows.push(next);
                }
                consent(connection, &rows).await?;
            }
            Op::Spend(spend) => take(connection, &spend).await?,
            Op::Decided(first) => {
                let mut entries = vec![first];
                while let Some(Op::Decided(next)) = ops.next_if(|op| matches!(op, Op::Decided(_))) {
                    entries.push(next);
                }
                decided(connection, register, &entries).await?;
            }
            Op::Put { workspace, key, value } => {
                put(connection, workspace.as_str(), &key, &value).await?;
            }
        }
    }
    Ok(())
}

async fn move_to(connection: &mut SqliteConnection, position: Position) -> Result<()> {
    let upsert = sqlx::query(
        "INSERT INTO position VALUES (?, ?, ?) ON CONFLICT (consumer, partition_no) \
         DO UPDATE SET last_offset = excluded.last_offset",
    );
    let upsert = upsert.bind(position.consumer).bind(i64::from(position.partition));
    run(connection, upsert.bind(position.offset as i64)).await?;
    Ok(())
}

async fn put_resource(connection: &mut SqliteConnection, row: &ResourceRow) -> Result<()> {
    let insert = sqlx::query(
        "INSERT INTO resource SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE ?4 = 1 + \
         (SELECT coalesce(max(version), 0) FROM resource \
         WHERE workspace = ?1 AND kind = ?2 AND name = ?3)",
    )
    .bind(row.workspace.as_str())
    .bind(row.kind.as_str())
    .bind(&row.name)
    .bind(row.version as i64)
    .bind(row.spec.to_string())
    .bind(row.managed.to_string())
    .bind(row.metadata.to_string())
    .bind(&row.by)
    .bind(row.at.0);
    match run(connection, insert).await? {
        0 => Err(conflict("the version of a resource is not the next one")),
        _ => Ok(()),
    }
}

async fn enqueue(connection: &mut SqliteConnection, intents: &[Intent]) -> Result<()> {
    for some in intents.chunks(ROWS) {
        let mut insert = QueryBuilder::<Sqlite>::new(
            "INSERT INTO outbox (send, workspace, campaign, node, channel, due, expires, \
             cause_partition, cause_offset, cause_ordinal, next_at) ",
        );
        insert.push_values(some, |mut row, intent| {
            row.push_bind(&intent.send.0[..])
                .push_bind(intent.workspace.as_str())
                .push_bind(&intent.campaign)
                .push_bind(&intent.node.0[..])
                .push_bind(&intent.channel)
                .push_bind(intent.due.0)
                .push_bind(intent.expires.0)
                .push_bind(i64::from(intent.cause.partition))
                .push_bind(intent.cause.offset as i64)
                .push_bind(i64::from(intent.cause.ordinal))
                .push_bind(intent.due.0);
        });
        insert.push(" ON CONFLICT (send) DO NOTHING");
        run(connection, insert.build().persistent(some.len() == 1)).await?;
    }
    Ok(())
}

async fn reserve(connection: &mut SqliteConnection, one: &Reservation) -> Result<()> {
    if one.attempt > 1 && !one.spends.is_empty() {
        return Err(invalid("only the first attempt takes from limits"));
    }
    let send = &one.send.0[..];
    let mark = sqlx::query(
        "UPDATE outbox SET phase = ?, attempt = ?, decision = coalesce(decision, ?) \
         WHERE send = ? AND phase = ? AND attempt + 1 = ?",
    )
    .bind(phase_code(Phase::Sending))
    .bind(i64::from(one.attempt))
    .bind(&one.decision[..])
    .bind(send)
    .bind(phase_code(Phase::Waiting))
    .bind(i64::from(one.attempt));
    if run(connection, mark).await? == 0 {
        return Err(conflict("the attempt is not the next one of a waiting send"));
    }
    let contact = sqlx::query(
        "INSERT INTO contact (send, workspace, node, channel, at) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (send) DO UPDATE SET workspace = excluded.workspace, node = excluded.node, \
         channel = excluded.channel, at = excluded.at",
    )
    .bind(send)
    .bind(one.workspace.as_str())
    .bind(&one.node.0[..])
    .bind(&one.channel)
    .bind(one.at.0);
    run(connection, contact).await?;
    for spend in &one.spends {
        take(connection, spend).await?;
        let kept = sqlx::query(
            "INSERT INTO spend VALUES (?, ?, ?) ON CONFLICT (send, name) \
             DO UPDATE SET amount = amount + excluded.amount",
        );
        run(connection, kept.bind(send).bind(&spend.counter).bind(spend.amount.0)).await?;
    }
    Ok(())
}

async fn finish(connection: &mut SqliteConnection, send: SendId, release: bool) -> Result<()> {
    let send = &send.0[..];
    let done = phase_code(Phase::Done);
    let mark = sqlx::query("UPDATE outbox SET phase = ?1 WHERE send = ?2 AND phase <> ?1");
    if run(connection, mark.bind(done).bind(send)).await? == 0 {
        return Err(conflict("the send is not open"));
    }
    if release {
        let forget = sqlx::query("DELETE FROM contact WHERE send = ?").bind(send);
        run(connection, forget).await?;
        let give_back = sqlx::query(
            "UPDATE counter SET spent = spent - (SELECT amount FROM spend \
             WHERE spend.send = ?1 AND spend.name = counter.name) \
             WHERE name IN (SELECT name FROM spend WHERE send = ?1)",
        );
        run(connection, give_back.bind(send)).await?;
    }
    run(connection, sqlx::query("DELETE FROM spend WHERE send = ?").bind(send)).await?;
    Ok(())
}

async fn retry(connection: &mut SqliteConnection, send: SendId, next_at: Timestamp) -> Result<()> {
    let mark =
        sqlx::query("UPDATE outbox SET phase = ?, next_at = ? WHERE send = ? AND phase <> ?")
            .bind(phase_code(Phase::Waiting))
            .bind(next_at.0)
            .bind(&send.0[..])
            .bind(phase_code(Phase::Done));
    match run(connection, mark).await? {
        0 => Err(conflict("the send is not open")),
        _ => Ok(()),
    }
}

async fn take(connection: &mut SqliteConnection, spend: &Spend) -> Result<()> {
    let add = sqlx::query_scalar::<_, i64>(
        "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) \
         DO UPDATE SET spent = spent + excluded.spent RETURNING spent",
    );
    let add = add.bind(&spend.counter).bind(spend.amount.0);
    let spent = add.fetch_one(connection).await.map_err(failed(FAILED))?;
    // The transaction is rolled back, so that nothing of it was taken.
    if spend.amount > Decimal::ZERO && spent > spend.limit.0 {
        return Err(Error::new(ErrorKind::Denied, "a limit does not allow it"));
    }
    Ok(())
}

async fn consent(connection: &mut SqliteConnection, rows: &[ConsentRow]) -> Result<()> {
    for some in rows.chunks(ROWS) {
        let mut upsert = QueryBuilder::<Sqlite>::new(
            "INSERT INTO consent (workspace, node, channel, granted, occurred_at) ",
        );
        upsert.push_values(some, |mut row, consent| {
            row.push_bind(consent.workspace.as_str())
                .push_bind(&consent.node.0[..])
                .push_bind(&consent.channel)
                .push_bind(consent.granted)
                .push_bind(consent.occurred_at.0);
        });
        upsert.push(
            " ON CONFLICT (workspace, node, channel) DO UPDATE SET granted = excluded.granted, \
             occurred_at = excluded.occurred_at WHERE excluded.occurred_at > occurred_at \
             OR (excluded.occurred_at = occurred_at AND excluded.granted < granted)",
        );
        run(connection, upsert.build().persistent(some.len() == 1)).await?;
    }
    Ok(())
}

async fn decided(
    connection: &mut SqliteConnection,
    register: &mut Register,
    entries: &[Entry],
) -> Result<()> {
    for some in entries.chunks(ROWS) {
        let mut insert = QueryBuilder::<Sqlite>::new(
            "INSERT INTO decided (sequence, workspace, family, key, cause_partition, \
             cause_offset, cause_ordinal, payload) ",
        );
        insert.push_values(some, |mut row, entry| {
            row.push_bind(register.next_decided as i64)
                .push_bind(entry.workspace.as_str())
                .push_bind(i64::from(entry.family.code()))
                .push_bind(entry.key as i64)
                .push_bind(entry.cause.map(|cause| i64::from(cause.partition)))
                .push_bind(entry.cause.map(|cause| cause.offset as i64))
                .push_bind(entry.cause.map(|cause| i64::from(cause.ordinal)))
                .push_bind(&entry.payload[..]);
            register.next_decided += 1;
        });
        run(connection, insert.build().persistent(some.len() == 1)).await?;
    }
    Ok(())
}

async fn put(
    connection: &mut SqliteConnection,
    workspace: &str,
    key: &str,
    value: &Value,
) -> Result<()> {
    if value.is_null() {
        let remove = sqlx::query("DELETE FROM named_value WHERE workspace = ? AND name = ?");
        run(connection, remove.bind(workspace).bind(key)).await?;
        return Ok(());
    }
    let upsert = sqlx::query(
        "INSERT INTO named_value VALUES (?, ?, ?) ON CONFLICT (workspace, name) \
         DO UPDATE SET value = excluded.value",
    );
    run(connection, upsert.bind(workspace).bind(key).bind(value.to_string())).await?;
    Ok(())
}
