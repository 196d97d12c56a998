//! Types: every term gets one, constants become what they are compared with, and casts are written
//! out, so that an adapter evaluates what stands there and converts nothing by itself.

use super::RuleError;
use super::functions::{Functions, core};
use super::interval;
use super::tree::{Arithmetic, Comparison, Literal, Term, Type};
use super::words::{error, nearest};
use arrow_schema::{DataType, Schema, TimeUnit};

/// The type of a column, when the language has it.
pub fn column_type(of: &DataType) -> Option<Type> {
    Some(match of {
        DataType::Boolean => Type::Bool,
        DataType::Int64 => Type::Int,
        DataType::Float64 => Type::Float,
        DataType::Utf8 => Type::Text,
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if &**zone == "UTC" => Type::Time,
        _ => return None,
    })
}

/// Types terms against the columns of a schema.
pub(super) struct Check<'a> {
    pub schema: &'a Schema,
    pub functions: &'a dyn Functions,
}

type Typed = (Term, Type);

impl Check<'_> {
    /// A term that must be true or false.
    pub(super) fn boolean(&self, term: &Term) -> Result<Term, RuleError> {
        match self.term(term)? {
            (term, Type::Bool) => Ok(term),
            (term, Type::Null) => Ok(cast(term, Type::Bool)),
            (_, of) => Err(error(
                format!("{} is {of}, where a condition is needed", name(term)),
                name(term),
                format!("compare it, for example {} {}", name(term), example(of)),
            )),
        }
    }

    fn booleans(&self, terms: &[Term]) -> Result<Vec<Term>, RuleError> {
        terms.iter().map(|term| self.boolean(term)).collect()
    }

    fn term(&self, term: &Term) -> Result<Typed, RuleError> {
        Ok(match term {
            Term::Literal(literal) => (term.clone(), literal_type(literal)),
            Term::Column(name) => (term.clone(), self.column(name)?),
            Term::Not(inner) => (Term::Not(Box::new(self.boolean(inner)?)), Type::Bool),
            Term::And(terms) => (Term::And(self.booleans(terms)?), Type::Bool),
            Term::Or(terms) => (Term::Or(self.booleans(terms)?), Type::Bool),
            Term::Negate(inner) => match self.term(inner)? {
                (inner, of @ (Type::Int | Type::Float | Type::Span)) => {
                    (Term::Negate(Box::new(inner)), of)
                }
                (inner, Type::Null) => (inner, Type::Null),
                (_, of) => return Err(wrong(inner, of, "a number")),
            },
            Term::Compare(op, left, right) => self.compare(*op, left, right)?,
            Term::Arithmetic(op, left, right) => self.arithmetic(*op, left, right)?,
            Term::In(inner, list) => {
                let mut terms = vec![self.term(inner)?];
                for item in list {
                    terms.push(self.term(item)?);
                }
                let (mut terms, _) = unify(terms)?;
                let inner = Box::new(terms.remove(0));
                (Term::In(inner, terms), Type::Bool)
            }
            Term::Like(inner, pattern) => {
                (Term::Like(self.text(inner)?, self.text(pattern)?), Type::Bool)
            }
            Term::Is(inner, test) => {
                let inner = match test {
                    super::tree::Test::Null => match self.term(inner)? {
                        (inner, Type::Null) => cast(inner, Type::Bool),
                        (inner, _) => inner,
                    },
                    _ => self.boolean(inner)?,
                };
                (Term::Is(Box::new(inner), *test), Type::Bool)
            }
            Term::Case(branches, otherwise) => self.case(branches, otherwise.as_deref())?,
            Term::Cast(inner, to) => match self.term(inner)? {
                (inner, Type::Int | Type::Float | Type::Null) => (cast(inner, *to), *to),
                (_, of) => return Err(wrong(inner, of, "a number")),
            },
            Term::Call(function, arguments) => self.call(function, arguments)?,
        })
    }

    fn column(&self, column: &str) -> Result<Type, RuleError> {
        if let Ok(field) = self.schema.field_with_name(column) {
            return column_type(field.data_type()).ok_or_else(|| {
                error(
                    format!("the column {column} cannot stand in a rule"),
                    column,
                    "columns are whole numbers, numbers, text, true or false, or times in UTC",
                )
            });
        }
        let fields = || self.schema.fields().iter().map(|field| field.name().as_str());
        let bare = |field: &&str| field.rsplit('.').next() == Some(column);
        let hint = match fields().find(bare).or_else(|| nearest(column, fields())) {
            Some(near) => format!("did you mean {near}?"),
            None => "columns are named person.x, event.x, context.x and at".to_owned(),
        };
        Err(error(format!("there is no column {column}"), column, hint))
    }

    fn text(&self, term: &Term) -> Result<Box<Term>, RuleError> {
        match self.term(term)? {
            (term, Type::Text) => Ok(Box::new(term)),
            (term, Type::Null) => Ok(Box::new(cast(term, Type::Text))),
            (_, of) => Err(wrong(term, of, "text")),
        }
    }

    fn compare(&self, op: Comparison, left: &Term, right: &Term) -> Result<Typed, RuleError> {
        let (terms, _) = unify(vec![self.term(left)?, self.term(right)?])?;
        let mut terms = terms.into_iter().map(Box::new);
        match (terms.next(), terms.next()) {
            (Some(left), Some(right)) => Ok((Term::Compare(op, left, right), Type::Bool)),
            _ => Err(wrong(left, Type::Null, "a value")),
        }
    }

    fn arithmetic(&self, op: Arithmetic, left: &Term, right: &Term) -> Result<Typed, RuleError> {
        use Arithmetic::{Add, Subtract};
        use Type::{Float, Int, Null, Span, Time};
        let ((l, lt), (r, rt)) = (self.term(left)?, self.term(right)?);
        let (l, r, of) = match (op, lt, rt) {
            (_, Null, Null) => return Ok((Term::Literal(Literal::Null), Null)),
            (_, Int | Null, Int | Null) => (to(l, lt, Int), to(r, rt, Int), Int),
            (_, Int | Float | Null, Int | Float | Null) => {
                (to(l, lt, Float), to(r, rt, Float), Float)
            }
            (Add | Subtract, Time, Span) => (l, r, Time),
            (Add, Span, Time) => (r, l, Time),
            (Subtract, Time, Time) => (l, r, Span),
            (Add | Subtract, Span, Span) => (l, r, Span),
            (Add | Subtract, Time, Int | Float) => {
                return Err(error(
                    format!("{} {op} a bare number", name(left)),
                    name(right),
                    "say of what: interval '30 days'",
                ));
            }
            (_, Time | Span | Null, Time | Span | Null) => {
                return Err(error(
                    format!("{lt} {op} {rt} has no meaning"),
                    name(left),
                    "write a time plus or minus one interval: at - interval '30 days'",
                ));
            }
            (_, Int | Float, of) => return Err(wrong(right, of, "a number")),
            (_, of, _) => return Err(wrong(left, of, "a number")),
        };
        Ok((Term::Arithmetic(op, Box::new(l), Box::new(r)), of))
    }

    fn case(
        &self,
        branches: &[(Term, Term)],
        otherwise: Option<&Term>,
    ) -> Result<Typed, RuleError> {
        let mut whens = Vec::new();
        let mut results = Vec::new();
        for (when, then) in branches {
            whens.push(self.boolean(when)?);
            results.push(self.term(then)?);
        }
        if let Some(otherwise) = otherwise {
            results.push(self.term(otherwise)?);
        }
        let (mut results, of) = unify(results)?;
        if of == Type::Null {
            return Ok((Term::Literal(Literal::Null), of));
        }
        let otherwise = otherwise.and_then(|_| results.pop()).map(Box::new);
        Ok((Term::Case(whens.into_iter().zip(results).collect(), otherwise), of))
    }

    fn call(&self, function: &str, arguments: &[Term]) -> Result<Typed, RuleError> {
        let mut typed = Vec::new();
        for argument in arguments {
            typed.push(self.term(argument)?);
        }
        let alike = match function {
            "coalesce" => !typed.is_empty(),
            "nullif" => typed.len() == 2,
            _ => false,
        };
        if alike {
            return Ok(match unify(typed)? {
                (_, Type::Null) => (Term::Literal(Literal::Null), Type::Null),
                (terms, of) => (Term::Call(function.to_owned(), terms), of),
            });
        }
        if let Some(known) = core(function, &typed) {
            let (wanted, gives) = known?;
            let terms = typed.into_iter().zip(wanted).map(|((term, of), want)| to(term, of, want));
            return Ok((Term::Call(function.to_owned(), terms.collect()), gives));
        }
        let of = self.functions.result(function, &typed)?;
        Ok((Term::Call(function.to_owned(), typed.into_iter().map(|(term, _)| term).collect()), of))
    }
}

fn literal_type(literal: &Literal) -> Type {
    match literal {
        Literal::Null => Type::Null,
        Literal::Bool(_) => Type::Bool,
        Literal::Int(_) => Type::Int,
        Literal::Float(_) => Type::Float,
        Literal::Text(_) => Type::Text,
        Literal::Time(_) => Type::Time,
        Literal::Span(_) => Type::Span,
    }
}

fn cast(term: Term, to: Type) -> Term {
    Term::Cast(Box::new(term), to)
}

fn to(term: Term, of: Type, wanted: Type) -> Term {
    match term {
        Term::Literal(Literal::Int(number)) if wanted == Type::Float => {
            Term::Literal(Literal::Float(number as f64))
        }
        term if of == wanted => term,
        term => cast(term, wanted),
    }
}

/// Gives terms one type: whole numbers become floats beside floats, text becomes a time beside times.
/// The type is that of null when nothing else is among them.
fn unify(terms: Vec<Typed>) -> Result<(Vec<Term>, Type), RuleError> {
    let mut all = Type::Null;
    for (term, of) in &terms {
        all = match (all, *of) {
            (Type::Null, of) | (of, Type::Null) => of,
            (one, other) if one == other => one,
            (Type::Int | Type::Float, Type::Int | Type::Float) => Type::Float,
            (Type::Time, Type::Text) | (Type::Text, Type::Time) => Type::Time,
            (one, other) => return Err(mismatch(&terms, term, one, other)),
        };
    }
    // Nothing but null has no type of its own; to compare them, any does.
    let given = all;
    let all = if all == Type::Null { Type::Bool } else { all };
    let mut unified = Vec::new();
    for (term, of) in terms {
        unified.push(match (term, of) {
            (Term::Literal(Literal::Text(text)), Type::Text) if all == Type::Time => {
                Term::Literal(Literal::Time(interval::time(&text)?))
            }
            (term, Type::Text) if all == Type::Time => return Err(wrong(&term, of, "a time")),
            (term, of) => to(term, of, all),
        });
    }
    Ok((unified, given))
}

fn mismatch(terms: &[Typed], term: &Term, one: Type, other: Type) -> RuleError {
    let first = terms.first().map_or_else(|| "it".to_owned(), |(first, _)| name(first));
    let hint = match (one, other) {
        (Type::Text, Type::Int | Type::Float) => {
            format!("write the text in single quotes: '{term}'")
        }
        (Type::Int | Type::Float, Type::Text) => "write the number without quotes".to_owned(),
        (Type::Time, Type::Span) => "compare with `at` minus the interval".to_owned(),
        (Type::Span, _) => "compare with a length of time: interval '30 days'".to_owned(),
        (Type::Time, _) => "compare with `at` or a time such as '2026-03-01'".to_owned(),
        _ => format!("compare {first} with {one}"),
    };
    error(format!("{first} is {one}, {} is {other}", name(term)), name(term), hint)
}

fn wrong(term: &Term, of: Type, wanted: &str) -> RuleError {
    error(
        format!("{} is {of}, where {wanted} is needed", name(term)),
        name(term),
        format!("write {wanted} here"),
    )
}

/// The words of a term that the user wrote: the first column, function or constant in it.
fn name(term: &Term) -> String {
    match term {
        Term::Literal(_) | Term::Column(_) => term.to_string(),
        Term::Call(function, _) => function.clone(),
        _ => term.children().first().map_or_else(|| term.to_string(), |child| name(child)),
    }
}

fn example(of: Type) -> &'static str {
    match of {
        Type::Text => "= 'gold'",
        Type::Time => "> at - interval '30 days'",
        Type::Span => "> interval '30 days'",
        _ => "> 0",
    }
}
