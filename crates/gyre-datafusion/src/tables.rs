//! What SQL is answered from by whoever is not the lake itself: the tables of one moment, and plans over
//! them that are run within bounds.

use async_trait::async_trait;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use gyre_ports::Result;
use gyre_ports::lake::Rows;
use std::time::Duration;

/// How far the answer to a plan may go.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The most rows given back; more is said in [`Rows::truncated`].
    pub max_rows: usize,
    /// After this it is given up (kind `TimedOut`).
    pub timeout: Duration,
}

/// Tables that can be asked.
///
/// What is asked through it and what is asked as text of the same lake see the same rows: those
/// committed and those of the tail.
#[async_trait]
pub trait Tables: Send + Sync + std::fmt::Debug {
    /// A session whose default schema holds the tables as they are now, and whose `now()` is now.
    fn moment(&self) -> Result<SessionState>;

    /// Runs a plan that was made with such a session. Dropping the future stops it.
    async fn execute(&self, state: SessionState, plan: LogicalPlan, bounds: Bounds)
    -> Result<Rows>;
}
