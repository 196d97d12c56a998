//! What happened beside the numbers: campaigns and loops that began, changed or ended, and what people
//! noted on boards.

use super::{Period, ask};
use crate::app::Server;
use crate::error::Result;
use crate::extract::{In, Params};
use axum::Json;
use axum::extract::State;
use gyre_model::Timestamp;
use gyre_ports::lake::Parameter;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

const MOST: usize = 500;

/// `$1` workspace, `$2` from, `$3` to. The newest, should there be more than anybody reads.
const VERSIONS: &str = "SELECT effective_at AS at, \
    CASE WHEN version = 1 THEN 'launch' WHEN spec IS NULL OR spec = 'null' THEN 'end' \
      ELSE 'change' END AS kind, \
    kind AS resource, name AS name, version AS version, \"by\" AS \"by\" \
  FROM orchestration WHERE workspace = $1 AND kind IN ('Campaign', 'Loop') \
    AND effective_at >= $2 AND effective_at < $3 ORDER BY effective_at DESC, name LIMIT 500";

/// Something that happened.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Annotation {
    at: String,
    /// `launch`, `change`, `end`, or `note` where somebody noted it on a board.
    kind: String,
    /// In a few words.
    title: String,
    #[serde(default)]
    description: Option<String>,
    /// `Campaign` or `Loop`.
    #[serde(default)]
    resource: Option<String>,
    /// Its name, or the board's.
    name: String,
    #[serde(default)]
    version: Option<u64>,
    /// `people` or `loop:<name>`.
    #[serde(default)]
    by: Option<String>,
}

/// Oldest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AnnotationList {
    annotations: Vec<Annotation>,
}

#[derive(Deserialize)]
struct Versioned {
    at: String,
    kind: String,
    resource: String,
    name: String,
    version: u64,
    by: String,
}

/// What happened in a period: campaigns and loops that began, changed or ended, and notes.
#[utoipa::path(get, path = "/v1/annotations", operation_id = "list_annotations", tag = "boards",
    params(Period), responses((status = 200, body = AnnotationList)))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Params(period): Params<Period>,
) -> Result<Json<AnnotationList>> {
    let [from, to] = period.ends(&server);
    let parameters = vec![Parameter::Text(workspace.to_string()), from, to];
    let versions: Vec<Versioned> = ask(&server, VERSIONS, parameters, MOST).await?;
    let boards = server.apart(|engine| async move { engine.boards(&workspace).await }).await?;
    let inside = |at: Timestamp| {
        period.from.is_none_or(|from| at >= from) && period.to.is_none_or(|to| at < to)
    };
    let mut all: Vec<Annotation> = versions.into_iter().map(told).collect();
    for board in boards {
        for note in board.spec.annotations.into_iter().filter(|note| inside(note.at)) {
            all.push(Annotation {
                at: note.at.to_string(),
                kind: "note".to_owned(),
                title: note.title,
                description: note.description,
                resource: None,
                name: board.name.clone(),
                version: None,
                by: None,
            });
        }
    }
    // Stamps of the lake have microseconds and those of notes may have none, so texts are not compared.
    all.sort_by_key(|one| Timestamp::parse(&one.at).unwrap_or_default());
    Ok(Json(AnnotationList { annotations: all }))
}

fn told(one: Versioned) -> Annotation {
    let Versioned { at, kind, resource, name, version, by } = one;
    let what = name.replace('_', " ");
    let title = match kind.as_str() {
        "launch" => format!("{what} began"),
        "end" => format!("{what} ended"),
        _ => format!("{what} changed"),
    };
    let (resource, version, by) = (Some(resource), Some(version), Some(by));
    Annotation { at, kind, title, description: None, resource, name, version, by }
}
