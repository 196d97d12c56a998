//! What the tiles of a board ask when the board is sent: the questions that the page asks, with the
//! report's period and filters, fixed at an instant.

use crate::catalogue::Catalogue;
use crate::error::Fault;
use crate::schedule::{fixed, report_range};
use gyre_config::Funnel;
use gyre_config::kinds::{BoardDisplay, BoardTile, MetricFact, Report};
use gyre_config::question::{
    Compare, Filter, Grain, Question, RangeAsked, RangeType, TimeAsked, TimeUnit,
};
use gyre_model::{Span, Timestamp};

/// Lines of all time have to be cut somewhere.
const LONGEST: u32 = 36;

/// What a tile asks.
#[derive(Debug, Clone, PartialEq)]
pub struct TileAsked {
    /// Its heading.
    pub title: String,
    /// How the page shows it.
    pub display: BoardDisplay,
    /// The question, or why there is none.
    pub asked: Result<Ask, Fault>,
    /// What a reader must know of how it was asked.
    pub notes: Vec<String>,
}

/// One of the two questions there are.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// About metrics.
    Metrics(Question),
    /// How many people came how far.
    Funnel(Funnel),
}

/// What a tile asks when a report is due at `at`.
///
/// A tile with a period of its own keeps it, and one that cannot be filtered is not; both are noted.
pub fn tile_asked(
    tile: &BoardTile,
    report: &Report,
    catalogue: &Catalogue,
    at: Timestamp,
) -> TileAsked {
    let mut notes = Vec::new();
    let asked = match (&tile.query, &tile.funnel) {
        (Some(query), _) => {
            question(tile, query, report, catalogue, at, &mut notes).map(Ask::Metrics)
        }
        (None, Some(funnel)) => steps(funnel, report, at, &mut notes).map(Ask::Funnel),
        (None, None) => Err(Fault::new("query", "the tile asks nothing", "edit the board")),
    };
    TileAsked { title: tile.title.clone(), display: tile.display, asked, notes }
}

fn question(
    tile: &BoardTile,
    query: &Question,
    report: &Report,
    catalogue: &Catalogue,
    at: Timestamp,
    notes: &mut Vec<String>,
) -> Result<Question, Fault> {
    let line = tile.display == BoardDisplay::Line;
    let aged = query.cohort.is_some() || query.curve;
    let cut = line || query.time.grain != Grain::None;
    let mut wanted = period(&query.time, report, notes);
    if wanted.r#type == RangeType::All && cut {
        notes.push(format!("all time is cut to {LONGEST} months"));
        wanted =
            RangeAsked { n: Some(LONGEST), unit: Some(TimeUnit::Month), ..RangeAsked::default() };
    }
    let zone = report.zone.as_deref();
    let range = fixed(&wanted, at, zone)?;
    let split = !query.dimensions.is_empty();
    let alone = matches!(tile.display, BoardDisplay::Heatmap | BoardDisplay::Interval)
        || aged
        || (line && split);
    let grain = match query.time.grain {
        Grain::None if line && !aged => grain(&range, at),
        own => own,
    };
    let reached = |field: &str| {
        query.metrics.iter().all(|name| {
            let entry = catalogue.get(name);
            entry.is_none_or(|one| one.dimensions.iter().any(|have| have.as_str() == field))
        })
    };
    Ok(Question {
        time: TimeAsked {
            compare: compared(&range, alone),
            range,
            grain,
            zone: report.zone.clone(),
            dimension: query.time.dimension.clone(),
        },
        filters: filters(&query.filters, report, reached, notes),
        ..query.clone()
    })
}

fn steps(
    funnel: &Funnel,
    report: &Report,
    at: Timestamp,
    notes: &mut Vec<String>,
) -> Result<Funnel, Fault> {
    let wanted = period(&funnel.time, report, notes);
    let range = fixed(&wanted, at, report.zone.as_deref())?;
    let known = MetricFact::Event.dimensions();
    let reached = |field: &str| known.iter().any(|one| one.as_str() == field);
    Ok(Funnel {
        time: TimeAsked {
            compare: compared(&range, false),
            range,
            zone: report.zone.clone(),
            ..TimeAsked::default()
        },
        filters: filters(&funnel.filters, report, reached, notes),
        ..funnel.clone()
    })
}

fn period(own: &TimeAsked, report: &Report, notes: &mut Vec<String>) -> RangeAsked {
    if own.range == RangeAsked::default() {
        return report_range(report);
    }
    notes.push("it keeps a period of its own".to_owned());
    own.range.clone()
}

fn compared(range: &RangeAsked, alone: bool) -> Vec<Compare> {
    if alone || range.r#type == RangeType::All {
        return Vec::new();
    }
    vec![Compare::PreviousPeriod]
}

fn filters(
    own: &[Filter],
    report: &Report,
    reached: impl Fn(&str) -> bool,
    notes: &mut Vec<String>,
) -> Vec<Filter> {
    let (fit, skipped): (Vec<&Filter>, Vec<&Filter>) =
        report.r#where.iter().partition(|filter| reached(&filter.field));
    if !skipped.is_empty() {
        let fields: Vec<&str> = skipped.iter().map(|filter| filter.field.as_str()).collect();
        notes.push(format!("not filtered by {}: it cannot be", fields.join(", ")));
    }
    own.iter().chain(fit).cloned().collect()
}

/// The grain that suits the length of a period.
fn grain(range: &RangeAsked, at: Timestamp) -> Grain {
    let instant = |text: &Option<String>| {
        text.as_deref().and_then(|text| Timestamp::parse(text).ok()).unwrap_or(at)
    };
    let days = (instant(&range.to) - instant(&range.from)).0 / Span::DAY.0;
    match days {
        0..=2 => Grain::Hour,
        3..=45 => Grain::Day,
        46..=200 => Grain::Week,
        _ => Grain::Month,
    }
}

#[cfg(test)]
mod tests {
    use super::{Ask, tile_asked};
    use crate::catalogue::Catalogue;
    use expect_test::{Expect, expect};
    use gyre_config::kinds::{BoardTile, Report};
    use gyre_model::Timestamp;

    /// What is asked by a tile of a report that is due on Monday, the 9th of March.
    fn check(tile: &str, more: &str, expected: &Expect) {
        let tile: BoardTile = serde_json::from_str(tile).unwrap();
        let report = format!(r#"{{"board": "b", "every": "weekly", "to": []{more}}}"#);
        let report: Report = serde_json::from_str(&report).unwrap();
        let at = Timestamp::parse("2026-03-09T07:00:00Z").unwrap();
        let told = tile_asked(&tile, &report, &Catalogue::new(std::iter::empty()), at);
        let asked = match told.asked {
            Ok(Ask::Metrics(question)) => serde_json::to_string(&question).unwrap(),
            Ok(Ask::Funnel(funnel)) => serde_json::to_string(&funnel).unwrap(),
            Err(fault) => fault.to_string(),
        };
        expected.assert_eq(&format!("{asked}\n{:?}", told.notes));
    }

    #[test]
    fn a_tile_has_the_week_that_is_over_and_the_one_before() {
        check(
            r#"{"title": "T", "display": "number", "query": {"metrics": ["orders"]}}"#,
            "",
            &expect![[r#"
                {"metrics":["orders"],"time":{"range":{"type":"between","from":"2026-03-02T00:00:00Z","to":"2026-03-09T00:00:00Z"},"compare":["previous_period"]}}
                []"#]],
        );
        check(
            r#"{"title": "T", "display": "line", "query": {"metrics": ["orders"]}}"#,
            r#", "zone": "Europe/Berlin", "range": {"type": "previous", "unit": "quarter"}"#,
            &expect![[r#"
                {"metrics":["orders"],"time":{"range":{"type":"between","from":"2025-09-30T22:00:00Z","to":"2025-12-31T23:00:00Z"},"grain":"week","compare":["previous_period"],"zone":"Europe/Berlin"}}
                []"#]],
        );
    }

    #[test]
    fn what_holds_for_the_tile_alone_is_kept_and_said() {
        check(
            r#"{"title": "T", "display": "table", "query": {"metrics": ["ctr"], "dimensions": ["channel"], "time": {"range": {"n": 90, "unit": "day"}}}}"#,
            r#", "where": [{"field": "channel", "values": ["email"]}, {"field": "currency", "values": ["EUR"]}]"#,
            &expect![[r#"
                {"metrics":["ctr"],"dimensions":["channel"],"time":{"range":{"type":"between","from":"2025-12-09T07:00:00Z","to":"2026-03-09T07:00:00Z"},"compare":["previous_period"]},"filters":[{"field":"channel","op":"in","values":["email"]}]}
                ["it keeps a period of its own", "not filtered by currency: it cannot be"]"#]],
        );
        check(
            r#"{"title": "T", "display": "funnel", "funnel": {"steps": [{"event": "A"}, {"event": "B"}]}}"#,
            r#", "where": [{"field": "source", "values": ["web"]}, {"field": "campaign", "values": ["x"]}]"#,
            &expect![[r#"
                {"steps":[{"event":"A"},{"event":"B"}],"window":"7d","time":{"range":{"type":"between","from":"2026-03-02T00:00:00Z","to":"2026-03-09T00:00:00Z"},"compare":["previous_period"]},"filters":[{"field":"source","op":"in","values":["web"]}]}
                ["not filtered by campaign: it cannot be"]"#]],
        );
        check(
            r#"{"title": "T", "display": "line", "query": {"metrics": ["orders"], "time": {"range": {"type": "all"}}}}"#,
            "",
            &expect![[r#"
                {"metrics":["orders"],"time":{"range":{"type":"between","from":"2023-03-09T07:00:00Z","to":"2026-03-09T07:00:00Z"},"grain":"month","compare":["previous_period"]}}
                ["it keeps a period of its own", "all time is cut to 36 months"]"#]],
        );
    }
}
