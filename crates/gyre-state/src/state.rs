//! The state on SQLite: one connection that writes, a few that read.

use crate::error::{During, failed, map};
use crate::parts::Snapshot;
use crate::people;
use crate::rows::{self, column, json, outbox_columns, resource_columns};
use crate::schema;
use crate::write::{self, Work};
use async_trait::async_trait;
use gyre_model::resource::Kind;
use gyre_model::{Decimal, Entry, NodeId, Offset, Partition, SendId, Timestamp, Workspace};
use gyre_ports::state::{
    ConsentRow, Contact, Epoch, Holdings, Op, OutboxRow, Position, ResourceRow,
};
use gyre_ports::{Error, ErrorKind, Result, State, failpoint};
use serde_json::Value;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{Connection, Sqlite, SqlitePool, Transaction};
use std::path::Path;
use std::time::Duration;

/// How long a statement waits for another process, and a caller for a connection, in real time.
const PATIENCE: Duration = Duration::from_secs(10);
/// Each has a thread of its own and up to 2 MB of pages.
const READERS: u32 = 3;

/// The commitments of this process, in one file.
///
/// A commit is on disk when it returns (WAL with `synchronous=FULL`). Commits wait for one another;
/// reads wait for nobody. After an error of kind `Full` it goes on when there is room again; after one
/// of kind `Fatal` the process has to stop, because it is not known what was written.
#[derive(Debug)]
pub struct SqliteState {
    writer: SqlitePool,
    readers: SqlitePool,
}

type Statement = sqlx::query::Query<'static, Sqlite, SqliteArguments>;

impl SqliteState {
    /// Opens or creates the file and brings it to the newest form. Kind `Invalid` when it was written
    /// by a newer version, `Corrupt` when it is no state.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let is_new = !path.exists();
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is removed is overwritten: erased people must not be read from free pages.
            .pragma("secure_delete", "on")
            .busy_timeout(PATIENCE);
        let pool = |size| {
            SqlitePoolOptions::new()
                .max_connections(size)
                .acquire_timeout(PATIENCE)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
        };
        let opening = failed("the state can not be opened");
        let writer = pool(1).connect_with(options.clone()).await.map_err(&opening)?;
        schema::migrate(&mut *writer.acquire().await.map_err(&opening)?).await?;
        if is_new {
            sync_folder_of(path)?;
        }
        // Not `read_only`: a reader has to be able to set up the shared memory of the WAL.
        let readers = options.create_if_missing(false).pragma("query_only", "on");
        Ok(Self { writer, readers: pool(READERS).connect_lazy_with(readers) })
    }

    /// Writes what is committed now into a new file, whole and on disk when it returns, while others
    /// read and write. What was deleted is not in it.
    pub async fn copy_to(&self, path: impl AsRef<Path>) -> Result<()> {
        let copying = failed("the state can not be copied");
        let name = path.as_ref().to_str().ok_or_else(|| {
            Error::new(ErrorKind::Invalid, "a copy of the state needs a path that is text")
        })?;
        // Readers may not write anywhere, not even a copy.
        let mut writer = self.writer.acquire().await.map_err(&copying)?;
        let copy = sqlx::query("VACUUM INTO ?").bind(name.to_owned());
        copy.execute(&mut *writer).await.map_err(&copying)?;
        drop(writer);
        let synced = std::fs::File::open(path.as_ref()).and_then(|file| file.sync_all());
        synced.map_err(|error| Error::io("a copy of the state can not be synced", error))
    }

    /// What is committed now, to be read while others read and write.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let connection = self.readers.acquire().await;
        // Not given back: one that ends in the middle of reading would read old rows for ever.
        let connection = connection.map_err(failed("the state can not be read"))?.detach();
        Snapshot::begin(connection).await
    }

    /// Marks sends that wait and were due before an instant as under way, for a state that is older
    /// than what happened since: whoever opens it next calls them uncertain. Their number.
    pub async fn hold_sends(&self, before: Timestamp) -> Result<u64> {
        let hold = sqlx::query("UPDATE outbox SET phase = 1 WHERE phase = 0 AND next_at < ?");
        let held = hold.bind(before.0).execute(&self.writer).await;
        Ok(held.map_err(failed("sends can not be held"))?.rows_affected())
    }

    /// Waits for what is under way and closes the file. Not needed for anything that was committed.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// The connection that writes.
    #[cfg(test)]
    pub(crate) fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// One transaction: all of it or nothing.
    async fn transact(&self, work: Work) -> Result<Epoch> {
        let beginning = failed("a transaction can not begin");
        let mut connection = self.writer.acquire().await.map_err(&beginning)?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(&beginning)?;
        let done = write::work(&mut transaction, work).await;
        let (result, knows_where_it_stands) = end(transaction, done).await;
        if !knows_where_it_stands {
            // SQLite may have rolled back on its own (a full disk, an error of IO): the next write gets
            // a new connection.
            drop(connection.close().await);
        }
        result
    }

    async fn rows(&self, statement: Statement) -> Result<Vec<SqliteRow>> {
        statement.fetch_all(&self.readers).await.map_err(failed("the state can not be read"))
    }

    async fn row(&self, statement: Statement) -> Result<Option<SqliteRow>> {
        statement.fetch_optional(&self.readers).await.map_err(failed("the state can not be read"))
    }
}

/// Ends a transaction as its work went; also says whether the connection can be used again.
async fn end(transaction: Transaction<'_, Sqlite>, done: Result<Epoch>) -> (Result<Epoch>, bool) {
    const FAILED: &str = "a transaction can not end";
    let epoch = match done {
        Ok(epoch) => epoch,
        Err(refused) => return (Err(refused), transaction.rollback().await.is_ok()),
    };
    failpoint::reach("state.before_commit");
    if failpoint::fails("state.commit") {
        return (Err(Error::new(ErrorKind::Fatal, FAILED)), transaction.rollback().await.is_ok());
    }
    if let Err(error) = transaction.commit().await {
        return (Err(map(FAILED, During::Commit, error)), false);
    }
    failpoint::reach("state.after_commit");
    (Ok(epoch), true)
}

/// Makes a new file's entry in its folder durable.
fn sync_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))
        .and_then(|folder| folder.sync_all())
        .map_err(|error| Error::io("the folder of the state can not be synced", error))
}

fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Ids as a JSON array, so that any number of them is one statement.
fn hex(nodes: &[NodeId]) -> String {
    let ids: Vec<String> = nodes.iter().map(|node| format!("\"{node}\"")).collect();
    format!("[{}]", ids.join(","))
}

#[async_trait]
impl State for SqliteState {
    async fn begin(&self) -> Result<Epoch> {
        self.transact(Work::Begin).await
    }

    async fn commit(&self, epoch: Epoch, position: Option<Position>, ops: Vec<Op>) -> Result<()> {
        self.transact(Work::Commit { epoch, position, ops }).await.map(drop)
    }

    async fn position(&self, consumer: &str, partition: Partition) -> Result<Option<Offset>> {
        let find =
            sqlx::query("SELECT last_offset FROM position WHERE consumer = ? AND partition_no = ?");
        let row = self.row(find.bind(consumer.to_owned()).bind(i64::from(partition))).await?;
        row.map(|row| Ok(column::<i64>(&row, 0)? as u64)).transpose()
    }

    async fn resource(
        &self,
        workspace: &Workspace,
        kind: Kind,
        name: &str,
    ) -> Result<Option<ResourceRow>> {
        let mut versions = self.history(workspace, kind, name).await?;
        Ok(versions.pop().filter(|row| !row.spec.is_null()))
    }

    async fn resources(&self, workspace: &Workspace) -> Result<Vec<ResourceRow>> {
        let find = sqlx::query(concat!(
            "SELECT ",
            resource_columns!(),
            " FROM resource AS one WHERE workspace = ? AND spec <> 'null' AND version = \
             (SELECT max(version) FROM resource AS other WHERE other.workspace = one.workspace \
             AND other.kind = one.kind AND other.name = one.name)",
        ));
        let rows = self.rows(find.bind(workspace.as_str().to_owned())).await?;
        let mut found = rows.iter().map(rows::resource).collect::<Result<Vec<_>>>()?;
        found.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        Ok(found)
    }

    async fn history(
        &self,
        workspace: &Workspace,
        kind: Kind,
        name: &str,
    ) -> Result<Vec<ResourceRow>> {
        let find = sqlx::query(concat!(
            "SELECT ",
            resource_columns!(),
            " FROM resource WHERE workspace = ? AND kind = ? AND name = ? ORDER BY version",
        ));
        let find = find.bind(workspace.as_str().to_owned()).bind(kind.as_str());
        let rows = self.rows(find.bind(name.to_owned())).await?;
        rows.iter().map(rows::resource).collect()
    }

    async fn workspaces(&self) -> Result<Vec<Workspace>> {
        let find = sqlx::query(
            "SELECT DISTINCT workspace FROM resource AS one WHERE spec <> 'null' AND version = \
             (SELECT max(version) FROM resource AS other WHERE other.workspace = one.workspace \
             AND other.kind = one.kind AND other.name = one.name) ORDER BY workspace",
        );
        let rows = self.rows(find).await?;
        rows.iter().map(|row| Ok(Workspace::new(column(row, 0)?))).collect()
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<OutboxRow>> {
        let find = sqlx::query(concat!(
            "SELECT ",
            outbox_columns!(),
            " FROM outbox WHERE phase = 0 AND next_at <= ? ORDER BY next_at, send LIMIT ?",
        ));
        let rows = self.rows(find.bind(now.0).bind(at_most(limit))).await?;
        rows.iter().map(rows::outbox).collect()
    }

    async fn next_due(&self) -> Result<Option<Timestamp>> {
        let find = sqlx::query(
            "SELECT next_at FROM outbox WHERE phase = 0 ORDER BY next_at, send LIMIT 1",
        );
        self.row(find).await?.map(|row| Ok(Timestamp(column(&row, 0)?))).transpose()
    }

    async fn sending(&self) -> Result<Vec<OutboxRow>> {
        let find = sqlx::query(concat!(
            "SELECT ",
            outbox_columns!(),
            " FROM outbox WHERE phase = 1 ORDER BY send",
        ));
        self.rows(find).await?.iter().map(rows::outbox).collect()
    }

    async fn outbox(&self, send: SendId) -> Result<Option<OutboxRow>> {
        let find =
            sqlx::query(concat!("SELECT ", outbox_columns!(), " FROM outbox WHERE send = ?"));
        self.row(find.bind(send.0.to_vec())).await?.as_ref().map(rows::outbox).transpose()
    }

    async fn outbox_counts(&self) -> Result<[u64; 3]> {
        // Done rows stay for ever, so they are counted as they come.
        let count = sqlx::query(
            "SELECT (SELECT count(*) FROM outbox WHERE phase = 0), \
             (SELECT count(*) FROM outbox WHERE phase = 1), \
             (SELECT value FROM register WHERE name = 'done')",
        );
        let Some(row) = self.row(count).await? else { return Ok([0; 3]) };
        let number = |index| Ok::<_, Error>(column::<i64>(&row, index)? as u64);
        Ok([number(0)?, number(1)?, number(2)?])
    }

    async fn contacts(
        &self,
        workspace: &Workspace,
        nodes: &[NodeId],
        since: Timestamp,
    ) -> Result<Vec<Contact>> {
        let find = sqlx::query(
            "SELECT node, channel, at FROM contact WHERE workspace = ? AND at >= ? \
             AND node IN (SELECT unhex(value) FROM json_each(?)) ORDER BY at, send",
        );
        let find = find.bind(workspace.as_str().to_owned()).bind(since.0).bind(hex(nodes));
        self.rows(find).await?.iter().map(rows::contact).collect()
    }

    async fn reserved(&self, workspace: &Workspace, since: Timestamp) -> Result<Vec<Contact>> {
        let find = sqlx::query(
            "SELECT node, channel, at FROM contact WHERE workspace = ? AND at >= ? ORDER BY at, send",
        );
        let find = find.bind(workspace.as_str().to_owned()).bind(since.0);
        self.rows(find).await?.iter().map(rows::contact).collect()
    }

    async fn consent(&self, workspace: &Workspace, nodes: &[NodeId]) -> Result<Vec<ConsentRow>> {
        let find = sqlx::query(
            "SELECT workspace, node, channel, granted, occurred_at FROM consent \
             WHERE workspace = ? AND node IN (SELECT unhex(value) FROM json_each(?)) \
             ORDER BY node, channel",
        );
        let find = find.bind(workspace.as_str().to_owned()).bind(hex(nodes));
        self.rows(find).await?.iter().map(rows::consent).collect()
    }

    async fn spent(&self, counter: &str) -> Result<Decimal> {
        let find = sqlx::query("SELECT spent FROM counter WHERE name = ?");
        let row = self.row(find.bind(counter.to_owned())).await?;
        row.map_or(Ok(Decimal::ZERO), |row| Ok(Decimal(column(&row, 0)?)))
    }

    async fn decided(&self, after: Option<Offset>, limit: usize) -> Result<Vec<(Offset, Entry)>> {
        let find = sqlx::query(
            "SELECT sequence, workspace, family, key, cause_partition, cause_offset, \
             cause_ordinal, payload FROM decided WHERE sequence > ? ORDER BY sequence LIMIT ?",
        );
        let after = after.map_or(-1, |after| i64::try_from(after).unwrap_or(i64::MAX));
        let rows = self.rows(find.bind(after).bind(at_most(limit))).await?;
        rows.iter().map(rows::decided).collect()
    }

    async fn forget_decided(&self, epoch: Epoch, upto: Offset) -> Result<()> {
        self.transact(Work::Forget { epoch, upto }).await.map(drop)
    }

    async fn value(&self, workspace: &Workspace, key: &str) -> Result<Option<Value>> {
        let find = sqlx::query("SELECT value FROM named_value WHERE workspace = ? AND name = ?");
        let find = find.bind(workspace.as_str().to_owned()).bind(key.to_owned());
        self.row(find).await?.map(|row| json(column(&row, 0)?)).transpose()
    }

    async fn values(&self, workspace: &Workspace, prefix: &str) -> Result<Vec<(String, Value)>> {
        let find = sqlx::query(
            "SELECT name, value FROM named_value WHERE workspace = ?1 AND name >= ?2 \
             AND substr(name, 1, length(?2)) = ?2 ORDER BY name",
        );
        let find = find.bind(workspace.as_str().to_owned()).bind(prefix.to_owned());
        let rows = self.rows(find).await?;
        rows.iter().map(|row| Ok((column(row, 0)?, json(column(row, 1)?)?))).collect()
    }

    async fn holdings(&self, workspace: &Workspace, nodes: &[NodeId]) -> Result<Holdings> {
        let (hex, keys) = people::lists(nodes);
        let count = sqlx::query(people::COUNT).bind(workspace.as_str().to_owned());
        let row = self.row(count.bind(hex).bind(keys)).await?;
        row.map_or(Ok(Holdings::default()), |row| people::holdings(&row))
    }

    async fn erase(&self, epoch: Epoch, workspace: &Workspace, nodes: &[NodeId]) -> Result<()> {
        let (workspace, nodes) = (workspace.as_str().to_owned(), nodes.to_vec());
        self.transact(Work::Erase { epoch, workspace, nodes }).await.map(drop)
    }

    async fn purge(&self) -> Result<()> {
        let opening = failed("the state can not be purged");
        let mut connection = self.writer.acquire().await.map_err(opening)?;
        people::purge(&mut connection).await
    }
}
