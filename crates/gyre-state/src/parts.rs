//! A state in parts: every row as of one instant, with whom it names, and a state put together again of those
//! that are left.

use crate::error::{corrupt, failed, invalid};
use futures::TryStreamExt as _;
use gyre_model::{NodeId, Workspace};
use gyre_ports::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow, SqliteSynchronous};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Connection as _, Row as _, SqliteConnection,
    TypeInfo as _, ValueRef as _,
};
use std::path::{Path, PathBuf};

const READING: &str = "the state can not be read";
const MAKING: &str = "the state can not be put together";
/// Digits of an id.
const DIGITS: usize = 32;

/// A part of a state.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// The tables; comes first.
    Form(Form),
    /// A row.
    Row(Row),
}

/// The tables of a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    version: i64,
    statements: Vec<String>,
}

/// A row of any table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The table.
    pub table: String,
    /// Its columns, in their order.
    pub cells: Vec<Cell>,
    /// The keys of all whom it names.
    #[serde(skip)]
    pub keys: Vec<u64>,
}

/// What stands in a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A state as of one instant. What is committed afterwards is not in it; meanwhile the log can not be emptied.
#[derive(Debug)]
pub struct Snapshot(SqliteConnection);

impl Snapshot {
    /// Begins to read on a connection of its own.
    pub(crate) async fn begin(mut connection: SqliteConnection) -> Result<Self> {
        for statement in ["BEGIN", "SELECT count(*) FROM sqlite_schema"] {
            sqlx::query(statement).fetch_all(&mut connection).await.map_err(failed(READING))?;
        }
        Ok(Self(connection))
    }

    /// Gives every part, one after another.
    pub async fn read(mut self, each: &mut (dyn FnMut(Part) -> Result<()> + Send)) -> Result<()> {
        let failed = failed(READING);
        let version = sqlx::query_scalar("PRAGMA user_version");
        let version: i64 = version.fetch_one(&mut self.0).await.map_err(&failed)?;
        let find = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL \
                    ORDER BY type DESC, name";
        let found: Vec<(String, String, String)> =
            sqlx::query_as(find).fetch_all(&mut self.0).await.map_err(&failed)?;
        // Tables come before their indexes: the words are in that order backwards.
        let statements = found.iter().map(|(_, _, sql)| sql.clone()).collect();
        each(Part::Form(Form { version, statements }))?;
        let tables = found.into_iter().filter(|(kind, ..)| kind == "table");
        for (_, table, _) in tables {
            let select = match table.as_str() {
                // It names nobody itself, but belongs to a send.
                "spend" => "SELECT spend.*, outbox.node AS \"whose\" FROM spend \
                            LEFT JOIN outbox ON outbox.send = spend.send"
                    .to_owned(),
                _ => format!("SELECT * FROM \"{table}\""),
            };
            let mut rows = sqlx::query(AssertSqlSafe(select)).fetch(&mut self.0);
            while let Some(row) = rows.try_next().await.map_err(&failed)? {
                each(Part::Row(read(&table, &row)?))?;
            }
        }
        self.0.close().await.map_err(failed)
    }
}

fn read(table: &str, row: &SqliteRow) -> Result<Row> {
    let (mut cells, mut keys) = (Vec::new(), Vec::new());
    for (place, column) in row.columns().iter().enumerate() {
        let cell = cell(row, place)?;
        match (table, column.name(), &cell) {
            (_, "node" | "whose", Cell::Blob(bytes)) => {
                let id = <[u8; 16]>::try_from(bytes.as_slice());
                let id = id.map_err(|_| corrupt("a node of the state is no id"))?;
                keys.push(NodeId(id).key());
            }
            ("decided", "key", Cell::Integer(key)) => keys.push(*key as u64),
            ("decided", _, Cell::Blob(text)) => named(text, &mut keys),
            ("named_value", _, Cell::Text(text)) => named(text.as_bytes(), &mut keys),
            _ => {}
        }
        if column.name() != "whose" {
            cells.push(cell);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(Row { table: table.to_owned(), cells, keys })
}

fn cell(row: &SqliteRow, place: usize) -> Result<Cell> {
    let failed = failed(READING);
    let value = row.try_get_raw(place).map_err(&failed)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let kind = value.type_info().name().to_owned();
    match kind.as_str() {
        "INTEGER" => row.try_get_unchecked(place).map(Cell::Integer),
        "REAL" => row.try_get_unchecked(place).map(Cell::Real),
        "TEXT" => row.try_get_unchecked(place).map(Cell::Text),
        "BLOB" => row.try_get_unchecked(place).map(Cell::Blob),
        _ => return Err(corrupt("a column of the state has an unknown type")),
    }
    .map_err(failed)
}

/// The keys of all ids in a text. An id of something else than a node has a key that nobody destroys.
fn named(text: &[u8], keys: &mut Vec<u64>) {
    for word in text.split(|byte| !byte.is_ascii_hexdigit()).filter(|word| word.len() == DIGITS) {
        let id = std::str::from_utf8(word).ok().and_then(|word| word.parse::<NodeId>().ok());
        keys.extend(id.map(|id| id.key()));
    }
}

/// A state that is put together.
#[derive(Debug)]
pub struct Assembly {
    connection: SqliteConnection,
    path: PathBuf,
    version: i64,
}

impl Assembly {
    /// Begins a new file.
    pub async fn new(path: &Path, form: &Form) -> Result<Self> {
        let failed = failed(MAKING);
        if path.exists() {
            return Err(invalid("there is a state already"));
        }
        // Nothing of it counts before all of it is there.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .synchronous(SqliteSynchronous::Off);
        let mut connection = options.connect().await.map_err(&failed)?;
        sqlx::query("BEGIN").execute(&mut connection).await.map_err(&failed)?;
        for statement in &form.statements {
            let statement = sqlx::raw_sql(AssertSqlSafe(statement.clone()));
            statement.execute(&mut connection).await.map_err(&failed)?;
        }
        Ok(Self { connection, path: path.to_owned(), version: form.version })
    }

    /// Adds a row.
    pub async fn add(&mut self, row: Row) -> Result<()> {
        let marks = vec!["?"; row.cells.len()].join(", ");
        let table = row.table.replace('"', "\"\"");
        let insert = format!("INSERT INTO \"{table}\" VALUES ({marks})");
        let mut insert = sqlx::query(AssertSqlSafe(insert));
        for cell in row.cells {
            insert = match cell {
                Cell::Null => insert.bind(None::<i64>),
                Cell::Integer(number) => insert.bind(number),
                Cell::Real(number) => insert.bind(number),
                Cell::Text(text) => insert.bind(text),
                Cell::Blob(bytes) => insert.bind(bytes),
            };
        }
        insert.execute(&mut self.connection).await.map_err(failed(MAKING)).map(drop)
    }

    /// Puts a value, in place of the one that has its name.
    pub async fn put(&mut self, workspace: &Workspace, name: &str, value: &Value) -> Result<()> {
        let put = sqlx::query("INSERT OR REPLACE INTO named_value VALUES (?, ?, ?)");
        let put = put.bind(workspace.as_str()).bind(name).bind(value.to_string());
        put.execute(&mut self.connection).await.map_err(failed(MAKING)).map(drop)
    }

    /// Ends it: on disk when it returns.
    pub async fn finish(mut self) -> Result<()> {
        let stamp = format!("PRAGMA user_version = {}", self.version);
        for statement in [stamp, "COMMIT".to_owned()] {
            let statement = sqlx::raw_sql(AssertSqlSafe(statement));
            statement.execute(&mut self.connection).await.map_err(failed(MAKING))?;
        }
        self.connection.close().await.map_err(failed(MAKING))?;
        let synced = std::fs::File::open(&self.path).and_then(|file| file.sync_all());
        synced.map_err(|error| Error::io("the state can not be synced", error))
    }
}
