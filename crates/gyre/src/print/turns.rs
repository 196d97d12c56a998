//! A loop: its turns, what a reader must see, and the proposals that wait for somebody.

use super::number::{amount, count, percent};
use super::table::Table;
use crate::print::say;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Loop {
    name: String,
    spec: Value,
    turns: Vec<Turn>,
    proposals: Vec<Proposal>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Turn {
    number: u64,
    to: String,
    treated: Arm,
    holdout: Arm,
    lift: Lift,
    net_lift: Lift,
    evidence: Vec<Evidence>,
    warnings: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Arm {
    people: u64,
    repeaters: u64,
    margin: f64,
    offer_cost: f64,
    contacts: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Lift {
    value: f64,
    low: f64,
    high: f64,
    alpha: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Evidence {
    segment: String,
    variant: String,
    n: u64,
    sum: f64,
    best_probability: f64,
    weight: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Proposal {
    id: String,
    turn: u64,
    campaign: String,
    base_version: u64,
    applied_version: Option<u64>,
    changes: Vec<Value>,
    expected: Lift,
    state: String,
    by: String,
    reason: Option<String>,
}

impl Arm {
    fn each(&self, sum: f64) -> f64 {
        sum / self.people.max(1) as f64
    }
    fn rate(&self) -> f64 {
        self.each(self.repeaters as f64)
    }
}

/// The loop as text.
pub(crate) fn show(value: &Value) -> serde_json::Result<String> {
    let mut one = Loop::deserialize(value)?;
    one.turns.sort_by_key(|turn| turn.number);
    let mut text = format!("loop {}", one.name);
    let (campaign, mode) = (&one.spec["campaign"], &one.spec["autonomy"]["mode"]);
    if let (Some(campaign), Some(mode)) = (campaign.as_str(), mode.as_str()) {
        say!(text, ", through campaign {campaign}, autonomy {mode}");
    }
    text.push('\n');
    let Some(last) = one.turns.last() else {
        text.push_str("it has taken no turn yet\n");
        return Ok(text);
    };
    text.push('\n');
    text.push_str(&turns(&one.turns));
    say!(
        text,
        "treated/holdout; lifts are the difference, and their intervals of {} hold at every look\n",
        percent(1.0 - last.lift.alpha)
    );
    for turn in &one.turns {
        for warning in &turn.warnings {
            say!(text, "turn {} warns: {warning}\n", turn.number);
        }
    }
    if !last.evidence.is_empty() {
        say!(text, "\nwhat turn {} learnt\n", last.number);
        text.push_str(&evidence(&last.evidence));
    }
    proposals(&mut text, &one.proposals);
    Ok(text)
}

/// What stands before a slash is the treated arm's, what stands behind it the holdout's.
fn turns(turns: &[Turn]) -> String {
    let mut table = Table::new(&[
        ">turn",
        "until",
        ">people",
        ">contacts",
        ">repeat rate",
        ">lift, points",
        ">interval",
        ">net each",
        ">net lift",
        ">interval",
        ">offers each",
    ]);
    for turn in turns {
        let (treated, holdout) = (&turn.treated, &turn.holdout);
        let both = |of: fn(&Arm) -> String| format!("{}/{}", of(treated), of(holdout));
        table.row([
            turn.number.to_string(),
            day(&turn.to),
            both(|arm| count(arm.people)),
            both(|arm| count(arm.contacts)),
            both(|arm| format!("{:.1}", 100.0 * arm.rate())) + " %",
            format!("{:+.1}", 100.0 * turn.lift.value),
            format!("[{:+.1}, {:+.1}]", 100.0 * turn.lift.low, 100.0 * turn.lift.high),
            both(|arm| format!("{:.2}", arm.each(arm.margin - arm.offer_cost))),
            format!("{:+.2}", turn.net_lift.value),
            format!("[{:+.2}, {:+.2}]", turn.net_lift.low, turn.net_lift.high),
            both(|arm| format!("{:.2}", arm.each(arm.offer_cost))),
        ]);
    }
    table.to_string()
}

fn day(time: &str) -> String {
    time.chars().take(10).collect()
}

fn evidence(rows: &[Evidence]) -> String {
    let mut table =
        Table::new(&["segment", "variant", ">decisions", ">reward each", ">best", ">weight"]);
    for row in rows {
        let each = if row.n == 0 { String::new() } else { amount(row.sum / row.n as f64) };
        table.row([
            row.segment.clone(),
            row.variant.clone(),
            count(row.n),
            each,
            percent(row.best_probability),
            percent(row.weight),
        ]);
    }
    table.to_string()
}

fn proposals(text: &mut String, proposals: &[Proposal]) {
    if proposals.is_empty() {
        return;
    }
    text.push_str("\nproposals\n");
    for one in proposals {
        let version = match one.applied_version {
            Some(version) => format!("version {version}"),
            None => format!("made for version {}", one.base_version),
        };
        say!(
            text,
            "{}  turn {}, {} by {}: campaign {}, {version}; expected {:+.4} [{:+.4}, {:+.4}] each\n",
            one.id,
            one.turn,
            one.state,
            one.by,
            one.campaign,
            one.expected.value,
            one.expected.low,
            one.expected.high
        );
        if let Some(reason) = &one.reason {
            say!(text, "  because: {reason}\n");
        }
        for change in &one.changes {
            say!(text, "  {}\n", self::change(change));
        }
        if matches!(one.state.as_str(), "held" | "proposed") {
            say!(
                text,
                "  to take it: gyre loop approve {0}\n  to leave it: gyre loop reject {0} --reason TEXT\n",
                one.id
            );
        }
    }
}

fn change(change: &Value) -> String {
    let text = |name: &str| change[name].as_str().unwrap_or_default();
    match text("change") {
        "drop" => format!("drop {}: {}", text("variant"), text("because")),
        "reweight" => {
            let weights = change["weights"].as_object().into_iter().flatten();
            let weights: Vec<String> = weights
                .map(|(variant, weight)| {
                    format!("{variant} {}", percent(weight.as_f64().unwrap_or_default()))
                })
                .collect();
            format!("in {}: {}", text("segment"), weights.join(", "))
        }
        _ => change.to_string(),
    }
}
