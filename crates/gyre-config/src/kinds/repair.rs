//! Repairs of values that came in a form nobody can count by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One repair of a value. What it cannot read it leaves as it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// White space around a text goes.
    Trim,
    /// Runs of white space become one space, and none stays around the text.
    Spaces,
    /// Small letters.
    Lower,
    /// Capital letters.
    Upper,
    /// A name that a resource may have: small letters, digits and `_`; `Spring Sale 2026!` becomes
    /// `spring_sale_2026`.
    Name,
    /// The size of a picture or banner: `600300`, `600x300` and `600 * 300` become `600×300`.
    Size,
    /// A date or time with the year first, or with the month in words, in RFC 3339.
    Date,
    /// The same where day and month are numbers and the day comes first: `31.12.2026`.
    DayFirst,
    /// The same where the month comes first: `12/31/2026`.
    MonthFirst,
    /// A number written as text: `1,234.50`, `1.234,50 €` and `12 %` become 1234.5 and 12.
    Number,
    /// Words for nothing (`null`, `n/a`, `none`, `-`, the empty text) become no value.
    Null,
}

impl Repair {
    /// The word in YAML.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trim => "trim",
            Self::Spaces => "spaces",
            Self::Lower => "lower",
            Self::Upper => "upper",
            Self::Name => "name",
            Self::Size => "size",
            Self::Date => "date",
            Self::DayFirst => "day_first",
            Self::MonthFirst => "month_first",
            Self::Number => "number",
            Self::Null => "null",
        }
    }
}
