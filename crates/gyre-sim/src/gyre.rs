//! What the simulator asks of the server, and what the server says.

use crate::sink::Mail;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The answer to a decision asked for at a placement.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(crate) variant: Option<String>,
    #[serde(default)]
    pub(crate) content: Option<Value>,
    #[serde(default)]
    pub(crate) token: Option<String>,
}

/// The answer to a query.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Vec<Value>>,
    #[serde(default)]
    pub(crate) truncated: bool,
}

/// One arm's sums over a turn's window, as measured by the server.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ArmSums {
    pub(crate) people: u64,
    pub(crate) repeaters: u64,
    pub(crate) margin: f64,
    pub(crate) offer_cost: f64,
    pub(crate) contacts: u64,
}

/// An estimate with its always-valid interval.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Lift {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// What a variant earned in a segment, and its weight from then on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Evidence {
    pub(crate) segment: String,
    pub(crate) variant: String,
    pub(crate) n: u64,
    pub(crate) best_probability: f64,
    pub(crate) weight: f64,
}

/// One turn of the loop; fields the table does not need are left aside.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) number: u64,
    pub(crate) from: String,
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) treated: ArmSums,
    #[serde(default)]
    pub(crate) holdout: ArmSums,
    #[serde(default)]
    pub(crate) lift: Lift,
    #[serde(default)]
    pub(crate) net_lift: Lift,
    #[serde(default)]
    pub(crate) evidence: Vec<Evidence>,
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
}

/// The turns of a loop.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Turns {
    #[serde(default)]
    pub(crate) turns: Vec<Turn>,
}

/// A running server with its manual clock, seen from outside.
pub(crate) trait Gyre {
    /// Where its clock stands.
    async fn now(&mut self) -> anyhow::Result<Time>;
    /// Moves the clock; when it returns, all mail due by then was handed over.
    async fn advance(&mut self, to: Time) -> anyhow::Result<()>;
    /// Sends a Segment batch; when it returns, the events are durable.
    async fn batch(&mut self, body: &Value) -> anyhow::Result<()>;
    /// Asks what to show a visitor of the home page.
    async fn decide(&mut self, user_id: &str) -> anyhow::Result<Answer>;
    /// The e-mails that came since the last time, in a fixed order.
    fn mails(&mut self) -> Vec<Mail>;
    /// Asks the lake.
    async fn query(&mut self, sql: &str, max_rows: usize) -> anyhow::Result<Rows>;
    /// The turns the loop has taken so far.
    async fn turns(&mut self) -> anyhow::Result<Vec<Turn>>;
}
