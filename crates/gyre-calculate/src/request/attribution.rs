//! `gyre math attribution`: which channels conversions are credited to.

use super::Estimate;
use crate::answer::{Node, fields};
use gyre_math::Result;
use gyre_math::attribution::heuristic::{Rule, credits, time_decay};
use gyre_math::attribution::{self, markov, shapley};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;

fn one() -> usize {
    1
}
fn week() -> f64 {
    7.0
}
fn ends() -> f64 {
    0.4
}

/// A path of channels with what came of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Path {
    /// Channels touched, in order.
    pub(crate) channels: Vec<String>,
    /// How often it ended in a conversion, or the value of these conversions.
    pub(crate) conversions: f64,
    /// How often it ended without.
    #[serde(default)]
    pub(crate) nulls: f64,
    /// Time from each touch to the conversion, for time decay.
    #[serde(default)]
    pub(crate) ages: Vec<f64>,
}

/// Paths with channels as numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbered {
    pub(crate) names: Vec<String>,
    numbers: HashMap<String, u32>,
    pub(crate) paths: Vec<attribution::Path>,
}

impl Numbered {
    /// Takes in a path.
    pub(crate) fn add<'a>(
        &mut self,
        channels: impl Iterator<Item = &'a str>,
        conversions: f64,
        nulls: f64,
    ) {
        let channels = channels.map(|name| self.number(name)).collect();
        self.paths.push(attribution::Path { channels, conversions, nulls });
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn of(paths: &[Path]) -> Self {
        let mut all = Self::default();
        for path in paths {
            let channels = path.channels.iter().map(String::as_str);
            all.add(channels, path.conversions, path.nulls);
        }
        all
    }

    /// A row for each channel: its name, and its number in each column.
    pub(crate) fn table(&self, columns: &[(&str, Vec<f64>)]) -> Node {
        let rows = self.names.iter().enumerate().map(|(i, name)| {
            let cells = columns
                .iter()
                .map(|(column, values)| ((*column).to_owned(), values.get(i).copied().into()));
            let named = std::iter::once(("channel".to_owned(), Node::from(name.as_str())));
            Node::Fields(named.chain(cells).collect())
        });
        Node::List(rows.collect())
    }

    /// Every rule that needs no times, side by side. The exact Shapley values are left out where there
    /// are too many channels for them.
    pub(crate) fn all_rules(&self, order: usize) -> Result<Node> {
        let (paths, channels) = (&self.paths[..], self.names.len());
        let by = |rule| credits(paths, channels, rule);
        let chain = markov::credits(paths, channels, order)?;
        let mut columns = vec![
            ("first", by(Rule::First)?),
            ("last", by(Rule::Last)?),
            ("linear", by(Rule::Linear)?),
            ("position", by(Rule::Position { ends: ends() })?),
            ("markov", chain.credits),
            ("removal", chain.removal),
            ("shapley", shapley::simplified(paths, channels)?),
        ];
        if channels <= shapley::EXACT_CHANNELS
            && let Ok(exact) = shapley::exact_rate(paths, channels)
        {
            columns.push(("shapley_rate", exact));
        }
        Ok(fields! {
            "conversion_rate": chain.conversion, "states": chain.states,
            "channels": self.table(&columns),
        })
    }
}

/// Rules of attribution.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Every rule that needs no times, side by side.
    All {
        /// Paths.
        paths: Vec<Path>,
        /// Order of the Markov chain.
        #[serde(default = "one")]
        order: usize,
    },
    /// All to the first touch.
    First {
        /// Paths.
        paths: Vec<Path>,
    },
    /// All to the last touch.
    Last {
        /// Paths.
        paths: Vec<Path>,
    },
    /// The same to each touch.
    Linear {
        /// Paths.
        paths: Vec<Path>,
    },
    /// A share to either end, the rest evenly between.
    Position {
        /// Paths.
        paths: Vec<Path>,
        /// Share of either end, from 0 to ½.
        #[serde(default = "ends")]
        ends: f64,
    },
    /// More to younger touches.
    TimeDecay {
        /// Paths with ages.
        paths: Vec<Path>,
        /// Time in which a touch loses half its weight.
        #[serde(default = "week")]
        half_life: f64,
    },
    /// Removal effects in a Markov chain, solved exactly.
    Markov {
        /// Paths.
        paths: Vec<Path>,
        /// Order.
        #[serde(default = "one")]
        order: usize,
    },
    /// Shapley values where a set of channels is worth the conversions of paths that touch no other.
    ShapleySimplified {
        /// Paths.
        paths: Vec<Path>,
    },
    /// Shapley values where a set of channels is worth the conversion rate of paths that touch no other;
    /// at most 20 channels.
    ShapleyRate {
        /// Paths.
        paths: Vec<Path>,
    },
    /// Shapley values from the worth of every set of players.
    Shapley {
        /// Worth of each of 2ⁿ sets; bit i of the index is player i.
        worth: Vec<f64>,
    },
}

impl Estimate for Request {
    fn answer(self) -> Result<Node> {
        let rule = |paths: &[Path], rule| {
            let all = Numbered::of(paths);
            let found = credits(&all.paths, all.names.len(), rule)?;
            Ok(all.table(&[("credit", found)]))
        };
        match self {
            Self::All { paths, order } => Numbered::of(&paths).all_rules(order),
            Self::First { paths } => rule(&paths, Rule::First),
            Self::Last { paths } => rule(&paths, Rule::Last),
            Self::Linear { paths } => rule(&paths, Rule::Linear),
            Self::Position { paths, ends } => rule(&paths, Rule::Position { ends }),
            Self::TimeDecay { paths, half_life } => {
                let all = Numbered::of(&paths);
                let ages: Vec<Vec<f64>> = paths.iter().map(|path| path.ages.clone()).collect();
                let found = time_decay(&all.paths, &ages, all.names.len(), half_life)?;
                Ok(all.table(&[("credit", found)]))
            }
            Self::Markov { paths, order } => {
                let all = Numbered::of(&paths);
                let found = markov::credits(&all.paths, all.names.len(), order)?;
                let columns = [("credit", found.credits), ("removal", found.removal)];
                Ok(fields! {
                    "conversion_rate": found.conversion, "states": found.states,
                    "channels": all.table(&columns),
                })
            }
            Self::ShapleySimplified { paths } => {
                let all = Numbered::of(&paths);
                let found = shapley::simplified(&all.paths, all.names.len())?;
                Ok(all.table(&[("credit", found)]))
            }
            Self::ShapleyRate { paths } => {
                let all = Numbered::of(&paths);
                let found = shapley::exact_rate(&all.paths, all.names.len())?;
                Ok(all.table(&[("credit", found)]))
            }
            Self::Shapley { worth } => Ok(fields! { "values": shapley::exact(&worth)? }),
        }
    }
}
