//! `Report`: a board as a mail, again and again.

use crate::question::{Filter, RangeAsked, TimeUnit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A board as a mail, again and again: its numbers, and every chart as a table.
///
/// It goes to people who work here. What is in it is what the role `viewer` may see: numbers, and nothing
/// of fewer than ten people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The subject; absent: the board's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The board.
    pub board: String,
    /// How often.
    pub every: ReportEvery,
    /// The hour at which it is sent, 0 to 23, in its time zone.
    #[serde(default = "seven", skip_serializing_if = "is_seven")]
    pub hour: u32,
    /// The time zone of its hour and of its days, for example `Europe/Berlin`; absent: `UTC`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Who gets it: one to twenty addresses, a mail each.
    pub to: Vec<String>,
    /// All of them must hold, for every tile that can be filtered by them.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub r#where: Vec<Filter>,
    /// The period; absent: the day, week or month that ended last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<RangeAsked>,
}

/// How often a report is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportEvery {
    /// Every day.
    Daily,
    /// On Mondays.
    Weekly,
    /// On the first day of the month.
    Monthly,
}

impl ReportEvery {
    /// The word in YAML and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }
    /// The unit of calendars that lies between two of them.
    pub fn unit(self) -> TimeUnit {
        match self {
            Self::Daily => TimeUnit::Day,
            Self::Weekly => TimeUnit::Week,
            Self::Monthly => TimeUnit::Month,
        }
    }
}

fn seven() -> u32 {
    7
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_seven(hour: &u32) -> bool {
    *hour == seven()
}
