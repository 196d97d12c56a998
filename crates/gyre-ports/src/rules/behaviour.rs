//! Behaviour in rules: what somebody did, how often, in which order, and since when not.
//!
//! A rule sees one row, so these functions never reach an adapter: each is *lifted* into a column that
//! a feature fills, and into comparisons of that column with `at`. All columns are instants, so the
//! instant at which a rule flips by time alone is known exactly.

mod filter;

pub use filter::EventTest;

use super::tree::{Arithmetic, Comparison, Literal, Term, Test};
use super::words::error;
use super::{AT, RuleError, parse};
use gyre_model::Span;

/// The most that `times` may be compared with.
pub const MAX_TIMES: u32 = 100;
/// The most steps of a sequence.
pub const MAX_STEPS: usize = 8;

const NAMES: [&str; 3] = ["did", "not_since", "sequence"];
const DID: &str = "for example did('Order Completed', times >= 3, within => interval '30 days')";
const NOT_SINCE: &str = "for example not_since('Order Completed', interval '30 days') or not_since('Order Completed', 'Checkout Started')";
const SEQUENCE: &str =
    "for example sequence('Product Viewed', 'Order Completed', within => interval '7 days')";

/// What a lifted column holds. Null where it never happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Behaviour {
    /// When an event last happened, or for the how-manieth time before that.
    Latest {
        /// The event's name.
        event: String,
        /// 1 is the latest, 2 the one before it.
        nth: u32,
        /// Which of the events count: those for which all of these hold.
        filter: Vec<EventTest>,
    },
    /// When a sequence of events was last completed.
    Sequence {
        /// The events' names, in order.
        steps: Vec<String>,
        /// The longest time from the first of them to the last.
        within: Option<Span>,
    },
}

/// Whether a function is one of behaviour.
pub(super) fn is_one(function: &str) -> bool {
    NAMES.contains(&function)
}

/// How the tree holds an argument with a name: as a call that no text can spell.
pub(super) fn named(name: &str) -> String {
    format!("{name} =>")
}

/// The rule without functions of behaviour: `column` gives the name of the column that holds one.
/// `None` where the rule has none of them.
pub fn lift(
    expression: &str,
    column: &mut dyn FnMut(Behaviour) -> Result<String, RuleError>,
) -> Result<Option<String>, RuleError> {
    if !NAMES.iter().any(|name| expression.to_lowercase().contains(name)) {
        return Ok(None);
    }
    let term = parse::parse(expression)?;
    if !has_any(&term) {
        return Ok(None);
    }
    Ok(Some(rewrite(term, column)?.to_string()))
}

fn has_any(term: &Term) -> bool {
    matches!(term, Term::Call(name, _) if is_one(name)) || term.children().into_iter().any(has_any)
}

type Columns<'a> = dyn FnMut(Behaviour) -> Result<String, RuleError> + 'a;

fn rewrite(term: Term, columns: &mut Columns<'_>) -> Result<Term, RuleError> {
    let mut boxed = |term: Box<Term>| rewrite(*term, columns).map(Box::new);
    Ok(match term {
        Term::Literal(_) | Term::Column(_) => term,
        Term::Not(inner) => Term::Not(boxed(inner)?),
        Term::Negate(inner) => Term::Negate(boxed(inner)?),
        Term::Is(inner, test) => Term::Is(boxed(inner)?, test),
        Term::Cast(inner, to) => Term::Cast(boxed(inner)?, to),
        Term::Compare(op, left, right) => Term::Compare(op, boxed(left)?, boxed(right)?),
        Term::Arithmetic(op, left, right) => Term::Arithmetic(op, boxed(left)?, boxed(right)?),
        Term::Like(left, right) => Term::Like(boxed(left)?, boxed(right)?),
        Term::And(terms) => Term::And(all(terms, columns)?),
        Term::Or(terms) => Term::Or(all(terms, columns)?),
        Term::In(inner, list) => Term::In(boxed(inner)?, all(list, columns)?),
        Term::Case(branches, otherwise) => {
            let otherwise = otherwise.map(&mut boxed).transpose()?;
            let branch =
                |(when, then): (Term, Term)| Ok((rewrite(when, columns)?, rewrite(then, columns)?));
            let branches: Result<Vec<_>, RuleError> = branches.into_iter().map(branch).collect();
            Term::Case(branches?, otherwise)
        }
        Term::Call(name, of) => match name.as_str() {
            "did" => did(of, columns)?,
            "not_since" => not_since(of, columns)?,
            "sequence" => sequence(of, columns)?,
            _ => Term::Call(name, all(of, columns)?),
        },
    })
}

fn all(terms: Vec<Term>, columns: &mut Columns<'_>) -> Result<Vec<Term>, RuleError> {
    terms.into_iter().map(|term| rewrite(term, columns)).collect()
}

/// What stands in the parentheses of one function.
struct Arguments {
    function: &'static str,
    hint: &'static str,
    positional: Vec<Term>,
    named: Vec<(String, Term)>,
}

impl Arguments {
    fn new(function: &'static str, hint: &'static str, of: Vec<Term>) -> Self {
        let mut all = Self { function, hint, positional: Vec::new(), named: Vec::new() };
        for term in of {
            match term {
                Term::Call(name, mut value) if name.ends_with(" =>") && value.len() == 1 => {
                    let name = name.trim_end_matches(" =>").to_owned();
                    all.named.extend(value.pop().map(|value| (name, value)));
                }
                term => all.positional.push(term),
            }
        }
        all
    }

    fn wrong(&self, message: &str) -> RuleError {
        error(format!("{}(): {message}", self.function), self.function, self.hint)
    }

    fn take(&mut self, name: &str) -> Option<Term> {
        let place = self.named.iter().position(|(known, _)| known == name)?;
        Some(self.named.remove(place).1)
    }

    fn span(&mut self, name: &str) -> Result<Option<Span>, RuleError> {
        match self.take(name) {
            None => Ok(None),
            Some(Term::Literal(Literal::Span(span))) if span.0 > 0 => Ok(Some(span)),
            Some(_) => Err(self.wrong(&format!("`{name}` is a length of time above zero"))),
        }
    }

    /// Which events count.
    fn filter(&mut self) -> Result<Vec<EventTest>, RuleError> {
        let Some(term) = self.take("where") else { return Ok(Vec::new()) };
        if has_any(&term) || term.reads(&|name| !name.starts_with("event.")) {
            return Err(self.wrong("`where` speaks of the event alone: event.<property>"));
        }
        filter::tests(&term)
            .ok_or_else(|| self.wrong("`where` takes comparisons with constants, joined by `and`"))
    }

    fn event(&self, term: Option<Term>) -> Result<String, RuleError> {
        match term {
            Some(Term::Literal(Literal::Text(name))) if !name.is_empty() => Ok(name),
            _ => Err(self.wrong("an event stands as text")),
        }
    }

    fn nothing_left(self) -> Result<(), RuleError> {
        if let Some((name, _)) = self.named.first() {
            return Err(self.wrong(&format!("there is no argument `{name}`")));
        }
        if self.positional.is_empty() { Ok(()) } else { Err(self.wrong("too many arguments")) }
    }
}

fn did(of: Vec<Term>, columns: &mut Columns<'_>) -> Result<Term, RuleError> {
    let mut of = Arguments::new("did", DID, of);
    let within = of.span("within")?;
    let filter = of.filter()?;
    let mut positional = std::mem::take(&mut of.positional).into_iter();
    let event = of.event(positional.next())?;
    let (op, n) = match positional.next() {
        None => (Comparison::GreaterOrEqual, 1),
        Some(Term::Compare(op, left, right)) => match (*left, *right) {
            (Term::Column(name), Term::Literal(Literal::Int(n)))
                if name == "times" && (0..=i64::from(MAX_TIMES)).contains(&n) =>
            {
                (op, n as u32)
            }
            _ => return Err(of.wrong("`times` is compared with a number from 0 to 100")),
        },
        Some(_) => return Err(of.wrong("after the event comes a comparison of `times`")),
    };
    of.positional = positional.collect();
    of.nothing_left()?;
    let mut at_least = |nth: u32| -> Result<Term, RuleError> {
        if nth == 0 {
            return Ok(Term::Literal(Literal::Bool(true)));
        }
        let behaviour = Behaviour::Latest { event: event.clone(), nth, filter: filter.clone() };
        Ok(happened(&columns(behaviour)?, within))
    };
    Ok(match op {
        Comparison::GreaterOrEqual => at_least(n)?,
        Comparison::Greater => at_least(n + 1)?,
        Comparison::Less => not(at_least(n)?),
        Comparison::LessOrEqual => not(at_least(n + 1)?),
        Comparison::Equal => Term::And(vec![at_least(n)?, not(at_least(n + 1)?)]),
        Comparison::NotEqual => Term::Or(vec![not(at_least(n)?), at_least(n + 1)?]),
    })
}

fn not_since(of: Vec<Term>, columns: &mut Columns<'_>) -> Result<Term, RuleError> {
    let mut of = Arguments::new("not_since", NOT_SINCE, of);
    let after = of.span("after")?;
    let filter = of.filter()?;
    let mut positional = std::mem::take(&mut of.positional).into_iter();
    let event = of.event(positional.next())?;
    let since = positional.next();
    of.positional = positional.collect();
    let latest = |event: &str, filter: Vec<EventTest>| Behaviour::Latest {
        event: event.to_owned(),
        nth: 1,
        filter,
    };
    let term = match since {
        Some(Term::Literal(Literal::Span(span))) if span.0 > 0 => {
            if after.is_some() {
                return Err(of.wrong("`after` goes with an event that something followed"));
            }
            not(happened(&columns(latest(&event, filter))?, Some(span)))
        }
        Some(Term::Literal(Literal::Text(anchor))) if !anchor.is_empty() => {
            let (begun, done) =
                (columns(latest(&anchor, Vec::new()))?, columns(latest(&event, filter))?);
            let missing = Term::Or(vec![
                Term::Is(Box::new(Term::Column(done.clone())), Test::Null),
                compare(Comparison::Less, Term::Column(done), Term::Column(begun.clone())),
            ]);
            let mut terms = vec![happened(&begun, None), missing];
            if let Some(after) = after {
                terms.push(compare(Comparison::LessOrEqual, Term::Column(begun), ago(after)));
            }
            Term::And(terms)
        }
        _ => return Err(of.wrong("since when: a length of time, or another event")),
    };
    of.nothing_left()?;
    Ok(term)
}

fn sequence(of: Vec<Term>, columns: &mut Columns<'_>) -> Result<Term, RuleError> {
    let mut of = Arguments::new("sequence", SEQUENCE, of);
    let (within, since) = (of.span("within")?, of.span("since")?);
    let steps: Vec<String> = std::mem::take(&mut of.positional)
        .into_iter()
        .map(|term| of.event(Some(term)))
        .collect::<Result<_, _>>()?;
    if !(2..=MAX_STEPS).contains(&steps.len()) {
        return Err(of.wrong("a sequence has two to eight events"));
    }
    of.nothing_left()?;
    Ok(happened(&columns(Behaviour::Sequence { steps, within })?, since))
}

/// Whether a column has an instant, and one no longer ago than this. Never null.
fn happened(column: &str, within: Option<Span>) -> Term {
    let known = not(Term::Is(Box::new(Term::Column(column.to_owned())), Test::Null));
    let Some(within) = within else { return known };
    let recent = compare(Comparison::Greater, Term::Column(column.to_owned()), ago(within));
    Term::And(vec![known, recent])
}

fn ago(span: Span) -> Term {
    let at = Term::Column(AT.to_owned());
    Term::Arithmetic(
        Arithmetic::Subtract,
        Box::new(at),
        Box::new(Term::Literal(Literal::Span(span))),
    )
}

fn not(term: Term) -> Term {
    Term::Not(Box::new(term))
}

fn compare(op: Comparison, left: Term, right: Term) -> Term {
    Term::Compare(op, Box::new(left), Box::new(right))
}

#[cfg(test)]
mod tests;
