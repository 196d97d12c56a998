//! The built-in boards over many events, while some still come: each tile computed anew, then as the page asks
//! it, which can do with what was true a moment ago, and each board opened whole, all tiles at once.

use crate::events::KEY;
use crate::figures::{Goal, Report, median, number, quantile};
use crate::history::History;
use crate::http::{Connection, Target};
use crate::ingest::complain;
use crate::process::memory;
use crate::server::{Place, Server};
use anyhow::{Context, ensure};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A tile, p95.
const TILE_MS: f64 = 500.0;
/// How old an answer may be for the page, and how long somebody looks before it reads again.
const OLDEST: &str = "max-age=300";
const LOOK: Duration = Duration::from_millis(250);

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    history: History,
    /// How often each tile is asked as the page asks.
    #[arg(long, default_value_t = 20)]
    runs: usize,
    /// How often each tile is computed anew.
    #[arg(long, default_value_t = 3)]
    anew: usize,
}

/// A tile and what it asks.
#[derive(Debug, Clone)]
struct Tile {
    title: String,
    path: &'static str,
    question: Value,
}

/// What was seen of a tile.
struct Seen {
    title: String,
    /// Milliseconds.
    median: f64,
    p95: f64,
}

pub(crate) async fn measure(place: &Place, args: &Args) -> anyhow::Result<Report> {
    let fresh = place.fresh()?;
    let server = args.history.start(place, fresh.path()).await?;
    let setting = format!(
        "{}, each tile {} times anew and {} times as the page asks, ten events before each, then each board whole",
        args.history.setting(),
        args.anew,
        args.runs
    );
    let mut report = Report::new("boards", setting);
    args.history.fill(&server, &mut report).await?;
    let answer = server.get("/v1/boards").await?;
    let boards = answer["boards"].as_array().context("no boards")?;
    for board in boards {
        let name = board["name"].as_str().context("a board without a name")?;
        let tiles = tiles(board);
        ensure!(!tiles.is_empty(), "{name} has no tile that asks something");
        one(&server, name, &tiles, args, &mut report).await?;
    }
    report.figure("server's memory (PSS) afterwards", memory(server.pid())? as f64 / 1e6, "MB");
    complain(&mut report, &server.complaints());
    Ok(report)
}

async fn one(
    server: &Server,
    name: &str,
    tiles: &[Tile],
    args: &Args,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (mut anew, mut seen) = (Vec::new(), Vec::new());
    for tile in tiles {
        anew.push(timed(server, tile, args.anew, false).await?);
        seen.push(timed(server, tile, args.runs, true).await?);
    }
    for all in [&mut anew, &mut seen] {
        all.sort_by(|one, two| two.p95.total_cmp(&one.p95));
    }
    let slowest = seen.first().context("no tile")?;
    report.goal(
        format!("{name}: slowest of {} tiles as the page asks, p95", tiles.len()),
        slowest.p95,
        "ms",
        Goal::AtMost(TILE_MS),
    );
    let medians = |of: &[Seen]| {
        let medians: Vec<f64> = of.iter().map(|tile| tile.median).collect();
        median(&medians).unwrap_or_default()
    };
    let first = anew.first().context("no tile")?;
    report.figure(format!("{name}: slowest computed anew, p95"), first.p95, "ms");
    report.figure(format!("{name}: median tile computed anew"), medians(&anew), "ms");
    report.figure(format!("{name}: median tile as the page asks"), medians(&seen), "ms");
    report.figure(format!("{name}: all at once, anew"), whole(server, tiles, false).await?, "ms");
    report.figure(
        format!("{name}: all at once as the page asks"),
        whole(server, tiles, true).await?,
        "ms",
    );
    let late: Vec<String> = (anew.iter().take_while(|tile| tile.p95 > TILE_MS))
        .map(|tile| format!("{} {} ms", tile.title, number(tile.p95)))
        .collect();
    if !late.is_empty() {
        report.note(format!(
            "{name}, tiles that take longer than the goal anew: {}",
            late.join(", ")
        ));
    }
    Ok(())
}

async fn timed(server: &Server, tile: &Tile, runs: usize, again: bool) -> anyhow::Result<Seen> {
    let mut times = Vec::new();
    for run in 0..runs {
        happen(&server.collection(KEY)?, run).await?;
        let began = Instant::now();
        ask(server, tile, again).await?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
        if again {
            tokio::time::sleep(LOOK).await;
        }
    }
    let (median, p95) = (median(&times), quantile(&times, 0.95));
    let (median, p95) = median.zip(p95).context("a tile is asked at least once")?;
    Ok(Seen { title: tile.title.clone(), median, p95 })
}

/// Something more happens, which the answers given before do not count.
async fn happen(target: &Target, run: usize) -> anyhow::Result<()> {
    let event = |n: usize| json!({"type": "track", "event": "Product Viewed", "userId": format!("later-{run}-{n}")});
    let body = json!({"batch": (0..10).map(event).collect::<Vec<_>>()}).to_string();
    let mut connection = Connection::open(target.address).await?;
    let (status, _) =
        connection.send(Method::POST, "/v1/batch", &target.authorization, body.into()).await?;
    ensure!(status == StatusCode::OK, "an event was not accepted: {status}");
    Ok(())
}

/// Asks all tiles at the same time, as a page that opens does; milliseconds until the last has come.
async fn whole(server: &Server, tiles: &[Tile], again: bool) -> anyhow::Result<f64> {
    let began = Instant::now();
    let asked = tiles.iter().map(|tile| ask(server, tile, again));
    futures::future::try_join_all(asked).await?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

async fn ask(server: &Server, tile: &Tile, again: bool) -> anyhow::Result<()> {
    let target = server.api()?;
    let mut connection = Connection::open(target.address).await?;
    if again {
        connection = connection.content_with(OLDEST);
    }
    let body = tile.question.to_string().into();
    let (status, answer) =
        connection.send(Method::POST, tile.path, &target.authorization, body).await?;
    ensure!(
        status == StatusCode::OK,
        "{}: {status}: {}",
        tile.title,
        String::from_utf8_lossy(&answer)
    );
    Ok(())
}

/// The tiles of a board that ask something, with the period that the page gives those without one.
fn tiles(board: &Value) -> Vec<Tile> {
    let spec = &board["spec"];
    let sections = spec["sections"].as_array().into_iter().flatten();
    let tiles = sections.flat_map(|section| section["tiles"].as_array().into_iter().flatten());
    tiles.filter_map(|tile| asked(tile, &spec["range"])).collect()
}

fn asked(tile: &Value, range: &Value) -> Option<Tile> {
    let (path, mut question) = match (tile.get("query"), tile.get("funnel")) {
        (Some(query), _) if query.is_object() => ("/v1/metrics/query", query.clone()),
        (_, Some(funnel)) if funnel.is_object() => ("/v1/funnels/query", funnel.clone()),
        _ => return None,
    };
    if question["time"]["range"].is_null() {
        let usual = || json!({"type": "rolling", "n": 28, "unit": "day"});
        question["time"]["range"] = if range.is_null() { usual() } else { range.clone() };
    }
    let aged = !question["cohort"].is_null() || question["curve"] == true;
    let whole = matches!(question["time"]["grain"].as_str(), None | Some("none"));
    if tile["display"] == "line" && !aged && whole {
        question["time"]["grain"] = json!("day");
    }
    Some(Tile { title: tile["title"].as_str()?.to_owned(), path, question })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_ask_with_the_period_of_their_board() {
        let board = json!({"spec": {"range": null, "sections": [{"tiles": [
            {"title": "Over time", "display": "line", "query": {"metrics": ["revenue"]}},
            {"title": "Own", "display": "number", "query": {"metrics": ["revenue"], "time": {"range": {"type": "all"}}}},
            {"title": "Words", "display": "text", "query": null},
        ]}]}});
        let tiles = tiles(&board);
        assert_eq!(tiles.len(), 2);
        assert_eq!(tiles[0].question["time"]["grain"], "day");
        assert_eq!(tiles[0].question["time"]["range"]["n"], 28);
        assert_eq!(tiles[1].question["time"], json!({"range": {"type": "all"}}));
    }
}
