//! When a rule may flip by time alone: comparisons with `at` are solved for it.

use super::tree::{Arithmetic, Literal, Term};
use super::words::error;
use super::{Crossing, RuleError};
use gyre_model::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The column that holds the instant a rule is evaluated for.
pub const AT: &str = "at";
/// `coalesce` beside `coalesce` multiplies: no rule needs more.
const MAX_ALTERNATIVES: usize = 64;

/// The crossings of a typed rule, in order and without repeats.
///
/// A term that needs `context.*` or `event.*` is evaluated when asked, so what cannot be solved in it
/// is let pass and has no crossing.
pub(super) fn crossings(rule: &Term) -> Result<Vec<Crossing>, RuleError> {
    let mut found = BTreeSet::new();
    for term in rule.conjuncts() {
        collect(term, term.needs_context(), &mut found)?;
    }
    Ok(found
        .into_iter()
        .map(|(column, offset)| Crossing { column, offset: Span(offset) })
        .collect())
}

type Found = BTreeSet<(String, i64)>;

fn reads_at(term: &Term) -> bool {
    term.reads(&|name| name == AT)
}

fn collect(term: &Term, lenient: bool, into: &mut Found) -> Result<(), RuleError> {
    match term {
        Term::Column(name) if name == AT && !lenient => Err(error(
            "it cannot be told when this use of `at` flips",
            AT,
            "compare a time column with `at` plus or minus an interval: \
             person.last_order_at < at - interval '30 days'",
        )),
        Term::Compare(_, left, right) if reads_at(term) => match solve(left, right) {
            Some(crossings) => {
                into.extend(crossings);
                Ok(())
            }
            None => below(term, lenient, into),
        },
        _ => below(term, lenient, into),
    }
}

fn below(term: &Term, lenient: bool, into: &mut Found) -> Result<(), RuleError> {
    term.children().into_iter().try_for_each(|child| collect(child, lenient, into))
}

/// What a term of time may be: so many times `at`, so many times each column, and an offset.
#[derive(Debug, Clone, Default)]
struct Linear {
    at: i64,
    columns: BTreeMap<String, i64>,
    offset: i64,
}

impl Linear {
    fn plus(&self, sign: i64, other: &Self) -> Option<Self> {
        let mut sum = self.clone();
        sum.at = sum.at.checked_add(sign.checked_mul(other.at)?)?;
        sum.offset = sum.offset.checked_add(sign.checked_mul(other.offset)?)?;
        for (column, times) in &other.columns {
            let entry = sum.columns.entry(column.clone()).or_default();
            *entry = entry.checked_add(sign.checked_mul(*times)?)?;
        }
        sum.columns.retain(|_, times| *times != 0);
        Some(sum)
    }
}

/// Every crossing of `left ? right`; `None` when one cannot be solved.
fn solve(left: &Term, right: &Term) -> Option<Found> {
    let mut found = Found::new();
    for difference in pairs(&linear(left)?, -1, &linear(right)?)? {
        let mut columns = difference.columns.iter();
        // at·a + column·c + offset = 0, so `at` crosses at column − a·offset when c = −a = ±1.
        match (difference.at, columns.next(), columns.next()) {
            (0, _, _) => {}
            (at @ (1 | -1), None, None) => {
                found.insert((String::new(), difference.offset.checked_mul(-at)?));
            }
            (at @ (1 | -1), Some((column, times)), None) if *times == -at => {
                found.insert((column.clone(), difference.offset.checked_mul(-at)?));
            }
            _ => return None,
        }
    }
    Some(found)
}

fn pairs(left: &[Linear], sign: i64, right: &[Linear]) -> Option<Vec<Linear>> {
    if left.len() * right.len() > MAX_ALTERNATIVES {
        return None;
    }
    left.iter().flat_map(|a| right.iter().map(move |b| a.plus(sign, b))).collect()
}

/// Every linear form the value of a term may take; `None` when it is not of that kind.
fn linear(term: &Term) -> Option<Vec<Linear>> {
    match term {
        Term::Literal(Literal::Time(time)) => {
            Some(vec![Linear { offset: time.0, ..Linear::default() }])
        }
        Term::Literal(Literal::Span(span)) => {
            Some(vec![Linear { offset: span.0, ..Linear::default() }])
        }
        // Null never compares as true or false, so it never flips.
        Term::Literal(Literal::Null) => Some(Vec::new()),
        Term::Cast(inner, _) if **inner == Term::Literal(Literal::Null) => Some(Vec::new()),
        Term::Column(name) if name == AT => Some(vec![Linear { at: 1, ..Linear::default() }]),
        Term::Column(name) => {
            let columns = BTreeMap::from([(name.clone(), 1)]);
            Some(vec![Linear { columns, ..Linear::default() }])
        }
        Term::Negate(inner) => pairs(&[Linear::default()], -1, &linear(inner)?),
        Term::Arithmetic(Arithmetic::Add, left, right) => pairs(&linear(left)?, 1, &linear(right)?),
        Term::Arithmetic(Arithmetic::Subtract, left, right) => {
            pairs(&linear(left)?, -1, &linear(right)?)
        }
        // Which of them it is may hang on anything but `at`: then all of them are crossings.
        Term::Call(function, arguments) if function == "coalesce" && !reads_at(term) => {
            union(arguments.iter())
        }
        Term::Case(branches, otherwise) if !reads_at(term) => {
            union(branches.iter().map(|(_, then)| then).chain(otherwise.as_deref()))
        }
        _ => None,
    }
}

fn union<'a>(terms: impl Iterator<Item = &'a Term>) -> Option<Vec<Linear>> {
    let mut all = Vec::new();
    for term in terms {
        all.extend(linear(term)?);
    }
    (all.len() <= MAX_ALTERNATIVES).then_some(all)
}
