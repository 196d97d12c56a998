//! Letters, asked of the lake.

use super::{CHUNK, Letter, LetterFilter, REJECTED};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::explain::objects;
use gyre_model::record::body::Came;
use gyre_model::{RecordId, Workspace};
use gyre_ports::lake::{Parameter, Query, Sql};
use serde_json::Value;
use std::time::Duration;

impl Engine {
    /// A letter as it came, and whether it was taken since.
    pub(super) async fn letter(
        &self,
        workspace: &Workspace,
        id: RecordId,
    ) -> Result<Option<Letter>> {
        let sql = "SELECT d.letter, d.origin, d.code, d.raw, d.place, d.came, d._offset, m.replayed_as \
             FROM dead_letters d LEFT JOIN \
             (SELECT letter, max(replayed_as) AS replayed_as FROM dead_letters \
              WHERE workspace = $1 AND letter = $2 AND replayed_as <> $3 GROUP BY letter) m \
             ON m.letter = d.letter \
             WHERE d.workspace = $1 AND d.letter = $2 AND d.replayed_as IS NULL LIMIT 1";
        let parameters = vec![
            Parameter::Text(workspace.to_string()),
            Parameter::Text(id.to_string()),
            Parameter::Text(REJECTED.to_owned()),
        ];
        Ok(self.letters(sql, parameters, 1).await?.into_iter().next().map(|(_, letter)| letter))
    }

    /// Letters that were not replayed yet.
    pub(super) async fn waiting(
        &self,
        workspace: &Workspace,
        filter: &LetterFilter,
        after: i64,
        upto: i64,
    ) -> Result<Vec<(i64, Letter)>> {
        let sql = "SELECT d.letter, d.origin, d.code, d.raw, d.place, d.came, d._offset \
             FROM dead_letters d LEFT JOIN \
             (SELECT DISTINCT letter FROM dead_letters \
              WHERE workspace = $1 AND replayed_as IS NOT NULL) m ON m.letter = d.letter \
             WHERE d.workspace = $1 AND ($2 = '' OR d.code = $2) AND ($3 = '' OR d.origin = $3) \
             AND d.replayed_as IS NULL AND m.letter IS NULL \
             AND d._offset > $4 AND d._offset <= $5 ORDER BY d._offset";
        let parameters = vec![
            Parameter::Text(workspace.to_string()),
            Parameter::Text(filter.code.clone()),
            Parameter::Text(filter.origin.clone()),
            Parameter::Integer(after),
            Parameter::Integer(upto),
        ];
        self.letters(sql, parameters, CHUNK).await
    }

    async fn letters(
        &self,
        sql: &str,
        parameters: Vec<Parameter>,
        max_rows: usize,
    ) -> Result<Vec<(i64, Letter)>> {
        let timeout = Duration::from_secs(30);
        let query = Query { sql: Sql::Text(sql.to_owned()), parameters, max_rows, timeout };
        let rows = objects(&self.shared.lake.query(query).await?);
        rows.into_iter()
            .map(|row| {
                let text = |name: &str| {
                    row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
                };
                let number = |name: &str| row.get(name).and_then(Value::as_i64).unwrap_or_default();
                let id = serde_json::from_value(Value::String(text("letter")))
                    .map_err(|why| Error::corrupt("dead letter", why))?;
                let letter = Letter {
                    id,
                    origin: text("origin"),
                    code: text("code"),
                    raw: text("raw"),
                    place: number("place") as u64,
                    came: match text("came").as_str() {
                        "" => Came::default(),
                        came => serde_json::from_str(came)
                            .map_err(|why| Error::corrupt("dead letter", why))?,
                    },
                    replayed_as: Some(text("replayed_as")).filter(|what| !what.is_empty()),
                };
                Ok((number("_offset"), letter))
            })
            .collect()
    }
}
