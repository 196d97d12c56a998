//! From the typed tree to DataFusion's expressions.

use crate::functions::canonical;
use arrow_schema::{DataType, TimeUnit};
use datafusion::common::{Column, DFSchema, DataFusionError, ScalarValue};
use datafusion::execution::session_state::SessionState;
use datafusion::functions::core::expr_fn::nullif;
use datafusion::functions::math::expr_fn::abs;
use datafusion::functions::string::expr_fn::{lower, upper};
use datafusion::functions::unicode::expr_fn::character_length;
use datafusion::logical_expr::expr::{InList, Like, ScalarFunction};
use datafusion::logical_expr::{
    Case, Expr, ExprSchemable, Operator, binary_expr, cast, lit, try_cast,
};
use gyre_ports::rules::tree::{Arithmetic, Comparison, Literal, Term, Test, Type};
use gyre_ports::rules::{RuleError, unknown_function};
use std::sync::Arc;

/// The Arrow type of values of a type of the language.
pub(crate) fn arrow_type(of: Type) -> DataType {
    match of {
        Type::Null => DataType::Null,
        Type::Bool => DataType::Boolean,
        Type::Int => DataType::Int64,
        Type::Float => DataType::Float64,
        Type::Text => DataType::Utf8,
        Type::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Type::Span => DataType::Duration(TimeUnit::Microsecond),
    }
}

/// What DataFusion refused, as a refusal of the rule.
pub(crate) fn failure(failed: &DataFusionError) -> RuleError {
    let text = failed.find_root().strip_backtrace().to_lowercase();
    // Regular expressions explain themselves with a drawing: one line is enough of it.
    let words: Vec<&str> =
        text.split_whitespace().filter(|word| !word.starts_with("~~~")).collect();
    RuleError {
        message: format!("the rule cannot be planned: {}", words.join(" ")),
        words: None,
        hint: Some("check the arguments of its functions".to_owned()),
    }
}

/// Builds expressions over the columns of a schema.
pub(crate) struct Build<'a> {
    pub state: &'a SessionState,
    pub schema: &'a DFSchema,
}

impl Build<'_> {
    fn boxed(&self, term: &Term) -> Result<Box<Expr>, RuleError> {
        self.term(term).map(Box::new)
    }

    fn all(&self, terms: &[Term]) -> Result<Vec<Expr>, RuleError> {
        terms.iter().map(|term| self.term(term)).collect()
    }

    fn type_of(&self, expr: &Expr) -> Result<DataType, RuleError> {
        expr.get_type(self.schema).map_err(|failed| failure(&failed))
    }

    /// The expression of a typed term.
    pub(crate) fn term(&self, term: &Term) -> Result<Expr, RuleError> {
        Ok(match term {
            Term::Literal(literal) => Expr::Literal(constant(literal), None),
            // The name holds a dot: it must not be taken for a table and a column.
            Term::Column(name) => Expr::Column(Column::new_unqualified(name)),
            Term::Not(inner) => Expr::Not(self.boxed(inner)?),
            Term::Negate(inner) => Expr::Negative(self.boxed(inner)?),
            Term::And(terms) => balanced(Operator::And, self.all(terms)?),
            Term::Or(terms) => balanced(Operator::Or, self.all(terms)?),
            Term::Compare(op, left, right) => {
                binary_expr(self.term(left)?, comparison(*op), self.term(right)?)
            }
            Term::Arithmetic(op, left, right) => {
                self.arithmetic(*op, self.term(left)?, self.term(right)?)?
            }
            Term::In(inner, list) => {
                let (mut inner, mut list) = (self.term(inner)?, self.all(list)?);
                if self.type_of(&inner)?.is_floating() {
                    inner = one_zero(inner);
                    list = list.into_iter().map(one_zero).collect();
                }
                Expr::InList(InList::new(Box::new(inner), list, false))
            }
            Term::Like(inner, pattern) => {
                Expr::Like(Like::new(false, self.boxed(inner)?, self.boxed(pattern)?, None, false))
            }
            Term::Is(inner, Test::Null) => Expr::IsNull(self.boxed(inner)?),
            Term::Is(inner, Test::True) => Expr::IsTrue(self.boxed(inner)?),
            Term::Is(inner, Test::False) => Expr::IsFalse(self.boxed(inner)?),
            Term::Case(branches, otherwise) => {
                let branches = branches
                    .iter()
                    .map(|(when, then)| Ok((self.boxed(when)?, self.boxed(then)?)))
                    .collect::<Result<Vec<_>, RuleError>>()?;
                let otherwise = otherwise.as_deref().map(|term| self.boxed(term)).transpose()?;
                Expr::Case(Case::new(None, branches, otherwise))
            }
            Term::Cast(inner, to) if **inner == Term::Literal(Literal::Null) => null(*to)?,
            // What does not fit is null and no error that would spoil the other rows.
            Term::Cast(inner, to) => try_cast(self.term(inner)?, arrow_type(*to)),
            Term::Call(name, arguments) => self.call(name, self.all(arguments)?)?,
        })
    }

    fn arithmetic(&self, op: Arithmetic, left: Expr, right: Expr) -> Result<Expr, RuleError> {
        Ok(match op {
            Arithmetic::Add => left + right,
            Arithmetic::Subtract => left - right,
            Arithmetic::Multiply => left * right,
            Arithmetic::Divide => left / self.divisor(right)?,
        })
    }

    /// Null instead of zero: DataFusion fails the whole batch otherwise.
    fn divisor(&self, right: Expr) -> Result<Expr, RuleError> {
        Ok(match &right {
            Expr::Literal(ScalarValue::Int64(Some(value)), _) if *value != 0 => right,
            Expr::Literal(ScalarValue::Float64(Some(value)), _) if value.abs() > 0.0 => right,
            _ if self.type_of(&right)?.is_floating() => nullif(one_zero(right), lit(0.0)),
            _ => nullif(right, lit(0i64)),
        })
    }

    fn call(&self, name: &str, mut of: Vec<Expr>) -> Result<Expr, RuleError> {
        Ok(match (name, of.as_mut_slice()) {
            ("abs", [one]) => abs(std::mem::take(one)),
            ("lower", [one]) => lower(std::mem::take(one)),
            ("upper", [one]) => upper(std::mem::take(one)),
            ("length", [one]) => cast(character_length(std::mem::take(one)), DataType::Int64),
            // As a case: DataFusion's own tells both zeros apart, its comparisons do not.
            ("nullif", [one, other]) => {
                let (one, other) = (std::mem::take(one), std::mem::take(other));
                let differ = Box::new(Expr::IsNotTrue(Box::new(one.clone().eq(other))));
                Expr::Case(Case::new(None, vec![(differ, Box::new(one))], None))
            }
            ("coalesce", [.., _]) => coalesce(of),
            _ => {
                let call = self.raw_call(name, of)?;
                match canonical(&self.type_of(&call)?) {
                    Some(wanted) => try_cast(call, wanted),
                    None => call,
                }
            }
        })
    }

    /// A call of a function beyond the core, whose result may have any width of Arrow's.
    pub(crate) fn raw_call(&self, name: &str, arguments: Vec<Expr>) -> Result<Expr, RuleError> {
        let known = self.state.scalar_functions();
        let function = known
            .get(name)
            .ok_or_else(|| unknown_function(name, known.keys().map(String::as_str)))?;
        Ok(Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(function), arguments)))
    }
}

/// One zero for both: lists and `nullif` tell 0.0 and -0.0 apart.
fn one_zero(value: Expr) -> Expr {
    match value {
        // A list of constants is looked up at once only while it is one of constants.
        Expr::Literal(ScalarValue::Float64(value), _) => {
            Expr::Literal(ScalarValue::Float64(value.map(|value| value + 0.0)), None)
        }
        value => value + lit(0.0),
    }
}

/// As a case: DataFusion's own cannot be evaluated before its optimiser made it one.
fn coalesce(mut values: Vec<Expr>) -> Expr {
    let last = values.pop();
    let branches: Vec<_> = values
        .into_iter()
        .map(|value| (Box::new(value.clone().is_not_null()), Box::new(value)))
        .collect();
    match last {
        Some(only) if branches.is_empty() => only,
        last => Expr::Case(Case::new(None, branches, last.map(Box::new))),
    }
}

fn constant(literal: &Literal) -> ScalarValue {
    match literal {
        Literal::Null => ScalarValue::Null,
        Literal::Bool(value) => ScalarValue::Boolean(Some(*value)),
        Literal::Int(value) => ScalarValue::Int64(Some(*value)),
        Literal::Float(value) => ScalarValue::Float64(Some(*value)),
        Literal::Text(value) => ScalarValue::Utf8(Some(value.clone())),
        Literal::Time(value) => {
            ScalarValue::TimestampMicrosecond(Some(value.0), Some("UTC".into()))
        }
        // A duration and not an interval: intervals of days and of hours are not comparable.
        Literal::Span(value) => ScalarValue::DurationMicrosecond(Some(value.0)),
    }
}

fn null(of: Type) -> Result<Expr, RuleError> {
    let value = ScalarValue::try_from(&arrow_type(of)).map_err(|failed| failure(&failed))?;
    Ok(Expr::Literal(value, None))
}

fn comparison(op: Comparison) -> Operator {
    match op {
        Comparison::Equal => Operator::Eq,
        Comparison::NotEqual => Operator::NotEq,
        Comparison::Less => Operator::Lt,
        Comparison::LessOrEqual => Operator::LtEq,
        Comparison::Greater => Operator::Gt,
        Comparison::GreaterOrEqual => Operator::GtEq,
    }
}

/// A chain of a thousand terms as a tree of ten levels: evaluation recurses.
fn balanced(op: Operator, mut terms: Vec<Expr>) -> Expr {
    if terms.len() > 1 {
        let right = terms.split_off(terms.len() / 2);
        return binary_expr(balanced(op, terms), op, balanced(op, right));
    }
    // The tree promises at least one term; none are the neutral element.
    terms.pop().unwrap_or_else(|| lit(op == Operator::And))
}
