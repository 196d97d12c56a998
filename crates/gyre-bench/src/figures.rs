//! What was measured: a table for people, JSON for programs.

use crate::outcome::Outcome;
use crate::process::Busy;
use hdrhistogram::Histogram;
use serde::Serialize;

/// What a figure is held against.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// A rate that is offered and must come back. The last answer comes after the last request, so
    /// a hundredth less counts as kept.
    Keeps(f64),
}

impl Goal {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(goal) => value >= goal,
            Self::AtMost(goal) => value <= goal,
            Self::Keeps(goal) => value >= goal * 0.99,
        }
    }
}

/// One number.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    goal: Option<Goal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<bool>,
}

/// What one benchmark gave.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    name: String,
    /// What was asked, so that it can be asked again.
    setting: String,
    figures: Vec<Figure>,
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<Series>,
}

/// How figures went over time.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Series {
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<f64>>,
}

impl Report {
    pub(crate) fn new(name: &str, setting: String) -> Self {
        let (figures, notes) = (Vec::new(), Vec::new());
        Self { name: name.to_owned(), setting, figures, notes, series: None }
    }

    pub(crate) fn figure(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        self.figures.push(Figure { name: name.into(), value, unit, goal: None, met: None });
    }

    pub(crate) fn goal(
        &mut self,
        name: impl Into<String>,
        value: f64,
        unit: &'static str,
        goal: Goal,
    ) {
        let (goal, met) = (Some(goal), Some(goal.is_met(value)));
        self.figures.push(Figure { name: name.into(), value, unit, goal, met });
    }

    /// Takes over what another report holds against a goal.
    pub(crate) fn goals_of(&mut self, other: &Self) {
        let found = other.figures.iter().filter(|figure| figure.goal.is_some());
        let named = found.map(|figure| Figure {
            name: format!("{}: {}", other.name, figure.name),
            ..figure.clone()
        });
        self.figures.extend(named);
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    pub(crate) fn series(&mut self, series: Series) {
        self.series = Some(series);
    }

    /// How a run went, by when requests were due.
    pub(crate) fn windows(&mut self, outcome: &Outcome) {
        let seconds = outcome.window.as_secs_f64();
        let rows = outcome.windows.iter().zip(1..).map(|(window, number)| {
            let p99 = millis(window.latency.value_at_quantile(0.99));
            vec![seconds * f64::from(number), window.given as f64 / seconds, p99]
        });
        self.series(Series { columns: vec!["until s", "given/s", "p99 ms"], rows: rows.collect() });
    }

    /// The p50, p99, p99.9 and most of a histogram in microseconds; the goal is for the p99.
    pub(crate) fn spread(&mut self, name: &str, found: &Histogram<u64>, goal: Option<Goal>) {
        let at = |quantile: f64| millis(found.value_at_quantile(quantile));
        self.figure(format!("{name} p50"), at(0.5), "ms");
        match goal {
            Some(goal) => self.goal(format!("{name} p99"), at(0.99), "ms", goal),
            None => self.figure(format!("{name} p99"), at(0.99), "ms"),
        }
        self.figure(format!("{name} p99.9"), at(0.999), "ms");
        self.figure(format!("{name} max"), millis(found.max()), "ms");
    }

    /// What is said of every open loop: what was offered, and whether the generator kept up with itself.
    pub(crate) fn offer(&mut self, outcome: &Outcome, asked: f64) {
        self.figure("asked for", asked, "requests/s");
        let sent = outcome.sent as f64 / outcome.sending.as_secs_f64();
        self.figure("sent", sent, "requests/s");
        let service = outcome.service.value_at_quantile(0.99);
        self.figure("p99 counted from the send instead", millis(service), "ms");
        let late = outcome.late.value_at_quantile(0.99);
        self.figure("generator late on its own, p99", millis(late), "ms");
        let waited = percent(outcome.waited as f64, outcome.due as f64);
        self.figure("requests that found no free connection", waited, "%");
        let failed = outcome.due.saturating_sub(outcome.answered);
        self.figure("requests that failed", percent(failed as f64, outcome.due as f64), "%");
        let mut faults: Vec<_> = outcome.faults.iter().collect();
        faults.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (fault, count) in faults.into_iter().take(5) {
            self.note(format!("{count} requests: {fault}"));
        }
        if outcome.sent < outcome.due {
            let (sent, due) = (outcome.sent, outcome.due);
            self.note(format!(
                "cut: {sent} of {due} requests were sent; the rest count with what they had waited"
            ));
        }
    }

    /// Who kept the processors busy.
    pub(crate) fn busy(&mut self, busy: Busy) {
        self.figure("server", busy.server, "cores");
        self.figure("generator and probes", busy.own, "cores");
        self.figure("all processes of the machine", busy.machine, "cores");
    }

    pub(crate) fn text(&self) -> String {
        let mut text = format!("{}: {}\n", self.name, self.setting);
        let width = self.figures.iter().map(|figure| figure.name.chars().count()).max();
        for figure in &self.figures {
            let name = format!("{:width$}", figure.name, width = width.unwrap_or_default());
            let line = format!("  {name}  {:>12} {:<11}", number(figure.value), figure.unit);
            let goal = match figure.goal {
                None => String::new(),
                Some(Goal::AtLeast(goal) | Goal::Keeps(goal)) => {
                    format!("goal >= {}", number(goal))
                }
                Some(Goal::AtMost(goal)) => format!("goal <= {}", number(goal)),
            };
            let met = match figure.met {
                None => "",
                Some(true) => ", met",
                Some(false) => ", missed",
            };
            text += format!("{line} {goal}{met}").trim_end();
            text.push('\n');
        }
        if let Some(series) = &self.series {
            text += &series.text();
        }
        let notes: Vec<String> = self.notes.iter().map(|note| format!("  - {note}\n")).collect();
        text + &notes.concat()
    }
}

impl Series {
    fn text(&self) -> String {
        let heads = self.columns.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>();
        let rows = self.rows.iter().map(|row| row.iter().map(|cell| number(*cell)).collect());
        let lines: Vec<Vec<String>> = std::iter::once(heads).chain(rows).collect();
        let width = |at: usize| {
            lines.iter().filter_map(|line| line.get(at)).map(String::len).max().unwrap_or_default()
        };
        let cell = |(at, cell): (usize, &String)| format!("  {cell:>width$}", width = width(at));
        let lines: Vec<String> = lines
            .iter()
            .map(|line| line.iter().enumerate().map(cell).collect::<Vec<_>>().concat())
            .map(|line| format!("  {line}\n"))
            .collect();
        lines.concat()
    }
}

pub(crate) fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

pub(crate) fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { 100.0 * part / whole } else { 0.0 }
}

/// The middle of them, if there are any.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    sorted(values).get(values.len() / 2).copied()
}

/// The smallest that at least this share of them does not exceed.
pub(crate) fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let place = (share * values.len() as f64).ceil() as usize;
    sorted(values).get(place.max(1) - 1).copied()
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

/// Three digits that count, and thousands apart.
pub(crate) fn number(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    let (whole, part) = text.split_once('.').map_or((text.as_str(), ""), |(a, b)| (a, b));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |rest| ("-", rest));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{part}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_readable() {
        let said = [0.0, 0.0421, 1.234, 47.06, 999.6, 1000.0, 123_456.7, -1234.0].map(number);
        assert_eq!(said, ["0.000", "0.042", "1.23", "47.1", "1,000", "1,000", "123,457", "-1,234"]);
    }

    #[test]
    fn quantiles_are_values_that_were_seen() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(quantile(&values, 0.95), Some(19.0));
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn a_goal_is_met_or_missed() {
        let mut report = Report::new("a", "b".to_owned());
        report.goal("rate", 99.0, "events/s", Goal::AtLeast(100.0));
        report.goal("p99", 40.0, "ms", Goal::AtMost(50.0));
        report.goal("kept", 99.5, "events/s", Goal::Keeps(100.0));
        let text = report.text();
        assert!(text.contains("goal >= 100, missed"), "{text}");
        assert!(text.contains("goal <= 50.0, met"), "{text}");
        assert_eq!(text.matches(", met").count(), 2, "{text}");
    }
}
