//! Questions about the order of one group's rows: `window_funnel`, `retention` and `sequence_match`.
//!
//! Rows come in any order and in any number of pieces; the answer depends on none of it. Moments of all
//! groups are kept in one flat list that is sorted once: an accumulator per group is 17 times slower for
//! five million rows of a quarter of a million people.

mod accumulator;
mod argument;
mod pattern;
mod question;
#[cfg(test)]
mod tests;

use accumulator::{Groups, One};
use argument::Arguments;
use arrow_schema::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility,
};
use question::Question;
use std::sync::Arc;

/// How many conditions a question may have: one bit of a mask for each.
const MOST: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Funnel,
    Retention,
    Match,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Timeline {
    kind: Kind,
    signature: Signature,
}

/// The aggregate functions over the order of rows.
pub(crate) fn functions() -> [Arc<AggregateUDF>; 3] {
    [Kind::Funnel, Kind::Retention, Kind::Match].map(|kind| {
        let signature = Signature::user_defined(Volatility::Immutable);
        Arc::new(AggregateUDF::from(Timeline { kind, signature }))
    })
}

impl Timeline {
    fn question(&self, args: &AccumulatorArgs<'_>) -> Result<Question> {
        let first = || argument::constant(self.name(), args.exprs.first());
        Ok(match self.kind {
            Kind::Funnel => Question::Funnel { window: argument::micros(&first()?)? },
            Kind::Retention => Question::Retention { conditions: args.exprs.len() },
            Kind::Match => {
                let conditions = args.exprs.len().saturating_sub(2);
                Question::Match(pattern::parse(&argument::text(&first()?)?, conditions)?)
            }
        })
    }

    fn arguments(&self) -> Arguments {
        match self.kind {
            Kind::Retention => Arguments { time: None, conditions: 0 },
            Kind::Funnel | Kind::Match => Arguments { time: Some(1), conditions: 2 },
        }
    }
}

impl AggregateUDFImpl for Timeline {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Funnel => "window_funnel",
            Kind::Retention => "retention",
            Kind::Match => "sequence_match",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.kind {
            Kind::Funnel => DataType::Int32,
            Kind::Retention => DataType::List(Arc::new(question::item())),
            Kind::Match => DataType::Boolean,
        })
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let name = self.name();
        let (usage, leading) = match self.kind {
            Kind::Funnel => ("window_funnel(window, time, condition, ...)", 2),
            Kind::Retention => ("retention(condition, ...)", 0),
            Kind::Match => ("sequence_match(pattern, time, condition, ...)", 2),
        };
        if given.len() <= leading {
            return plan_err!("{name} has too few arguments; it is used as {usage}");
        }
        if given.len() - leading > MOST {
            return plan_err!("{name} takes {MOST} conditions at most");
        }
        given
            .iter()
            .enumerate()
            .map(|(place, given)| match (self.kind, place) {
                (Kind::Funnel, 0) => argument::window_type(given),
                (Kind::Match, 0) => argument::text_type(name, given),
                (Kind::Funnel | Kind::Match, 1) => argument::time_type(name, given),
                _ => argument::condition_type(name, place, given),
            })
            .collect()
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let list = |name: &str, of| {
            Arc::new(Field::new_list(
                format_state_name(args.name, name),
                Field::new_list_field(of, true),
                true,
            ))
        };
        Ok(vec![list("at", DataType::Int64), list("met", DataType::UInt32)])
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One(Groups::new(self.question(&args)?, self.arguments()))))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups::new(self.question(&args)?, self.arguments())))
    }

    /// Sorts for itself, at the end.
    fn order_sensitivity(&self) -> datafusion::logical_expr::utils::AggregateOrderSensitivity {
        datafusion::logical_expr::utils::AggregateOrderSensitivity::Insensitive
    }
}
