//! What notices say: answers to the questions of boards, filled into templates of ours.
//!
//! Every question is asked as the role that may not look at people, so that nothing of few people is in
//! a mail.

use super::report::period;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::metrics::coverage;
use gyre_config::kinds::{Alert, AlertWhen, BoardDisplay, BoardSection, Report};
use gyre_config::question::{Filter, FilterOperator, RangeType};
use gyre_deliver::Templates;
use gyre_metrics::{
    Answer, Ask, Catalogue, Headline, Table, TileAsked, Word, figure, funnel_table, headlines,
    shown_instant, table, tile_asked,
};
use gyre_model::{Span, Timestamp, Workspace};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static REPORT: LazyLock<Templates> = LazyLock::new(|| {
    Templates::built_in(
        "{{ title }}: {{ period }}",
        include_str!("report.txt.liquid"),
        include_str!("report.html.liquid"),
    )
});

static ALERT: LazyLock<Templates> = LazyLock::new(|| {
    Templates::built_in(
        "{{ word }}: {{ title }}",
        include_str!("alert.txt.liquid"),
        include_str!("alert.html.liquid"),
    )
});

/// What a notice says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
}

/// A section of a board as a mail has it.
#[derive(Debug, Serialize)]
struct Section {
    title: String,
    description: Option<String>,
    tables: Vec<Tile>,
}

/// A chart as a mail has it: its table, or why there is none.
#[derive(Debug, Serialize)]
struct Tile {
    title: String,
    trouble: Option<String>,
    #[serde(flatten)]
    table: Table,
}

impl Engine {
    /// The mail of a report that is due at an instant. `missed`: others were due before, and nobody was
    /// there to send them. `since`: when it was tried first.
    pub(super) async fn report_mail(
        &self,
        workspace: &Workspace,
        name: &str,
        report: &Report,
        at: Timestamp,
        missed: bool,
        since: Timestamp,
    ) -> Result<Mail> {
        let boards = self.boards(workspace).await?;
        let missing = || Error::NotFound { what: "Board", name: report.board.clone() };
        let board = boards.into_iter().find(|one| one.name == report.board).ok_or_else(missing)?;
        let catalogue = self.metric_catalogue(workspace).await?;
        let mut numbers = Vec::new();
        let mut sections = Vec::new();
        for section in &board.spec.sections {
            let tables = self
                .section(workspace, section, report, &catalogue, (at, since), &mut numbers)
                .await?;
            if !tables.is_empty() {
                let (title, description) = (section.title.clone(), section.description.clone());
                sections.push(Section { title, description, tables });
            }
        }
        let zone = report.zone.as_deref();
        let path = format!("boards/{}", report.board);
        let values = json!({
            "name": name,
            "title": report.title.as_ref().unwrap_or(&board.spec.title),
            "board": board.spec.title,
            "every": report.every.as_str(),
            "period": period_shown(report, at)?,
            "zone": zone.unwrap_or("UTC"),
            "at": shown_instant(at, zone),
            "filters": filters(&report.r#where),
            "missed": missed,
            "link": self.link(workspace, &path, ""),
            "numbers": numbers,
            "sections": sections,
            "rests": coverage::kept(&self.shared, workspace).map(|one| one.said()),
        });
        mail(&REPORT, values)
    }

    /// The tables of a section; its numbers go to those at the top.
    async fn section(
        &self,
        workspace: &Workspace,
        section: &BoardSection,
        report: &Report,
        catalogue: &Catalogue,
        (at, since): (Timestamp, Timestamp),
        numbers: &mut Vec<Headline>,
    ) -> Result<Vec<Tile>> {
        let mut tables = Vec::new();
        for tile in &section.tiles {
            let TileAsked { title, display, asked, notes } =
                tile_asked(tile, report, catalogue, at);
            let answered = match asked {
                Ok(Ask::Metrics(question)) => {
                    let asked = Box::pin(self.ask_metrics(workspace, question, false, Span(0)));
                    asked.await.map(|answer| match display {
                        BoardDisplay::Number => Shown::Numbers(headlines(&answer)),
                        _ => Shown::Table(table(&answer)),
                    })
                }
                Ok(Ask::Funnel(funnel)) => {
                    let asked = Box::pin(self.ask_funnel(workspace, funnel, false, Span(0)));
                    asked.await.map(|answer| Shown::Table(funnel_table(&answer)))
                }
                Err(fault) => Err(super::report::told_fault(&fault)),
            };
            match answered {
                Ok(Shown::Numbers(found)) => numbers.extend(found.into_iter().map(|mut one| {
                    let all = notes.iter().chain(Some(&one.note).filter(|note| !note.is_empty()));
                    one.note = all.cloned().collect::<Vec<_>>().join("; ");
                    one
                })),
                Ok(Shown::Table(mut table)) => {
                    table.notes.splice(0..0, notes);
                    tables.push(Tile { title, trouble: None, table });
                }
                // A tile that cannot be answered is said to be one; the rest of the report is none the less.
                Err(error) => {
                    let trouble = Some(super::told(error, since, self.shared.clock.now())?);
                    tables.push(Tile { title, trouble, table: Table::default() });
                }
            }
        }
        Ok(tables)
    }

    /// The mail of an alert: what its number is, what its line is, and since when it is beyond.
    #[expect(clippy::too_many_arguments, reason = "what one mail is made of")]
    pub(super) fn alert_mail(
        &self,
        workspace: &Workspace,
        name: &str,
        alert: &Alert,
        word: Word,
        since: Timestamp,
        at: Timestamp,
        answer: &Answer,
    ) -> Result<Mail> {
        let metric = answer.metrics.first();
        let label = metric.map_or(alert.metric.as_str(), |metric| &metric.label);
        let format = metric.map(|metric| metric.format.as_str()).unwrap_or_default();
        let line = match alert.when {
            AlertWhen::Above(line) => format!("above {}", figure(line, format)),
            AlertWhen::Below(line) => format!("below {}", figure(line, format)),
            AlertWhen::ChangesBy(percent) => {
                format!("off the period before by more than {percent} %")
            }
        };
        let zone = alert.zone.as_deref();
        let values = json!({
            "name": name,
            "word": match word {
                Word::Fires => "Alert",
                Word::Holds => "Still",
                Word::Over => "Over",
            },
            "state": word.as_str(),
            "title": alert.title.clone().unwrap_or_else(|| format!("{label} {line}")),
            "metric": label,
            "line": line,
            "since": shown_instant(since, zone),
            "at": shown_instant(at, zone),
            "zone": zone.unwrap_or("UTC"),
            "period": format!("{} to {}", answer.period.from, answer.period.to),
            "filters": filters(&alert.r#where),
            "numbers": headlines(answer),
            "link": self.link(workspace, "metrics", &format!("tab=explore&m={}", alert.metric)),
        });
        mail(&ALERT, values)
    }

    /// The address of a page; nothing where nobody said how this server is reached.
    fn link(&self, workspace: &Workspace, path: &str, query: &str) -> Option<String> {
        let base = self.shared.options.public_url.as_deref()?.trim_end_matches('/');
        let other =
            (*workspace != Workspace::default()).then(|| format!("ws={}", workspace.as_str()));
        let query: Vec<&str> = [query, other.as_deref().unwrap_or_default()]
            .into_iter()
            .filter(|one| !one.is_empty())
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        Some(format!("{base}/{path}{mark}{}", query.join("&")))
    }
}

enum Shown {
    Numbers(Vec<Headline>),
    Table(Table),
}

fn period_shown(report: &Report, at: Timestamp) -> Result<String> {
    let period = period(report, at)?;
    if period.r#type == RangeType::All {
        return Ok("all time".to_owned());
    }
    let shown = |text: Option<String>| {
        let at = text.and_then(|text| Timestamp::parse(&text).ok());
        at.map(|at| shown_instant(at, report.zone.as_deref())).unwrap_or_default()
    };
    Ok(format!("{} to {}", shown(period.from), shown(period.to)))
}

/// Filters in words.
fn filters(filters: &[Filter]) -> Vec<String> {
    let told = filters.iter().map(|filter| {
        let values = filter.values.join(" or ");
        let field = filter.field.replace('_', " ");
        match filter.op {
            FilterOperator::In => format!("{field} is {values}"),
            FilterOperator::NotIn => format!("{field} is not {values}"),
            FilterOperator::Contains => format!("{field} holds {values}"),
            FilterOperator::StartsWith => format!("{field} begins with {values}"),
            FilterOperator::IsNull => format!("{field} is not known"),
            FilterOperator::NotNull => format!("{field} is known"),
        }
    });
    told.collect()
}

fn mail(templates: &Templates, values: Value) -> Result<Mail> {
    let values: Map<String, Value> = match values {
        Value::Object(values) => values,
        _ => Map::new(),
    };
    let mail = templates.mail(&values).map_err(|why| Error::invalid(why.to_string()))?;
    Ok(Mail { subject: mail.subject, text: mail.text, html: mail.html.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::{ALERT, Mail, REPORT, mail};
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    fn report() -> Value {
        let cell = |text: &str, number: bool| json!({"text": text, "number": number});
        json!({
            "name": "weekly", "title": "Weekly <numbers>", "board": "Executive", "every": "weekly",
            "period": "2026-03-02 to 2026-03-09", "zone": "UTC", "at": "2026-03-09T07:00:00",
            "filters": ["channel is email"], "missed": true, "link": "https://gyre.example/boards/executive",
            "numbers": [{"label": "Orders", "value": "12", "before": "10", "change": "+20.0 %", "note": ""}],
            "sections": [{"title": "Channels", "description": null, "tables": [
                {"title": "By channel", "trouble": null, "more": 3, "notes": ["few of them"],
                 "columns": [{"title": "channel", "number": false}, {"title": "Orders", "number": true}],
                 "rows": [[cell("a & b", false), cell("too few people to be shown", true)]]},
                {"title": "Broken", "trouble": "there is no metric", "more": 0, "notes": [],
                 "columns": [], "rows": []}]}],
            "rests": ["covers 97.0 % of people", "0.4 % of events come late"],
        })
    }

    fn check(mail: &Mail, text: &Expect) {
        text.assert_eq(&format!("{}\n\n{}", mail.subject, mail.text));
        assert!(
            !mail.html.contains("{{") && mail.html.starts_with("<!doctype html>"),
            "{}",
            mail.html
        );
    }

    #[test]
    fn a_report_says_every_number_in_text_too() {
        let mail = mail(&REPORT, report()).unwrap();
        check(
            &mail,
            &expect![[r#"
            Weekly <numbers>: 2026-03-02 to 2026-03-09

            Weekly <numbers>
            2026-03-02 to 2026-03-09 (UTC), beside the period before.
            Only: channel is email.
            Reports before this one were due while nobody was there to send them.
            https://gyre.example/boards/executive

            Orders: 12 (before 10, +20.0 %)

            ## Channels

            By channel
              channel | Orders
              a & b | too few people to be shown
              and 3 more rows
              note: few of them

            Broken
              cannot be answered: there is no metric

            --
            Report weekly, weekly, of the board Executive, made for 2026-03-09T07:00:00. Nothing of fewer than ten people is shown. In the last 28 days: covers 97.0 % of people, 0.4 % of events come late.
        "#]],
        );
        // What stands in names is text.
        assert!(mail.html.contains("Weekly &lt;numbers&gt;") && mail.html.contains("a &amp; b"));
        assert!(mail.html.contains("<th scope=\"col\" class=\"n\">Orders</th>"), "{}", mail.html);
    }

    #[test]
    fn an_alert_says_its_line_and_since_when() {
        let mut values = json!({
            "name": "orders", "word": "Alert", "state": "fires", "title": "Orders below 10",
            "metric": "Orders", "line": "below 10", "since": "2026-03-09T07:00:00",
            "at": "2026-03-09T07:00:00", "zone": "UTC",
            "period": "2026-03-08T07:00:00 to 2026-03-09T07:00:00", "filters": [], "link": null,
            "numbers": [{"label": "Orders", "value": "3", "before": "", "change": "", "note": ""}],
        });
        check(
            &mail(&ALERT, values.clone()).unwrap(),
            &expect![[r#"
            Alert: Orders below 10

            Orders is below 10.

            Orders: 3
            Period: 2026-03-08T07:00:00 to 2026-03-09T07:00:00 (UTC)
            It began: 2026-03-09T07:00:00
            Looked at: 2026-03-09T07:00:00

            --
            Alert orders. Nothing of fewer than ten people is shown.
        "#]],
        );
        values["word"] = json!("Over");
        values["state"] = json!("over");
        check(
            &mail(&ALERT, values).unwrap(),
            &expect![[r#"
            Over: Orders below 10

            Orders is no longer below 10.

            Orders: 3
            Period: 2026-03-08T07:00:00 to 2026-03-09T07:00:00 (UTC)
            It began: 2026-03-09T07:00:00
            Looked at: 2026-03-09T07:00:00

            --
            Alert orders. Nothing of fewer than ten people is shown.
        "#]],
        );
    }
}
