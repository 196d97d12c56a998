//! From text to the tree: SQL is parsed by `sqlparser`, and only what the language has is let through.

use super::RuleError;
use super::tree::{Arithmetic, Comparison, Literal, Term, Test, Type};
use super::words::{Plain, aggregate_hint, error, forbidden, slice, tokens};
use super::{behaviour, functions, interval};
use gyre_model::Span;
use sqlparser::ast::{
    BinaryOperator, CeilFloorKind, DataType, DateTimeField, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArguments, Interval, Spanned, TypedString, UnaryOperator, Value,
};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;
use std::cell::Cell;

/// Deeper rules are machine-made and would strain the stack of whoever walks them.
const MAX_DEPTH: usize = 32;
/// Printing adds a pair of parentheses to a level; what is printed must parse again.
const MAX_NESTING: usize = 2 * MAX_DEPTH + 8;
/// Address space, of which only what is used is touched.
const STACK: usize = 16 << 20;
/// Terms that `between` and `case x when` may repeat in one rule.
const MAX_COPIED: usize = 10_000;
/// Tokens of an expression whose errors quote it.
const BRIEF: usize = 200;
const DEEP: &str = "write it flatter, or put a part of it into a feature";

/// Parses an expression; types and columns are not looked at.
pub(super) fn parse(expression: &str) -> Result<Term, RuleError> {
    // A level of nesting takes the parser up to 80 KB when it is not optimised; a server's threads
    // have 2 MB, and overflowing them ends the process.
    stacker::grow(STACK, || parse_here(expression))
}

fn parse_here(expression: &str) -> Result<Term, RuleError> {
    let tokens = tokens(expression)?;
    let brief = tokens.len() <= BRIEF;
    let dialect = Plain::new(tokens.len());
    let mut parser =
        Parser::new(&dialect).with_recursion_limit(MAX_NESTING).with_tokens_with_locations(tokens);
    if parser.peek_token().token == Token::EOF {
        return Err(RuleError {
            message: "the rule is empty".to_owned(),
            words: None,
            hint: Some("write `true` for everybody".to_owned()),
        });
    }
    let parsed = parser.parse_expr().map_err(|failed| unreadable(&failed))?;
    let next = parser.peek_token();
    if next.token != Token::EOF {
        let words = next.token.to_string();
        return Err(error(
            format!("unexpected {words} after the end of the expression"),
            words,
            "join terms with `and` or `or`",
        ));
    }
    Lower { expression, brief, copied: Cell::new(0) }.term(&parsed, 0)
}

fn unreadable(failed: &ParserError) -> RuleError {
    let message = match failed {
        ParserError::RecursionLimitExceeded => return too_deep(),
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => message,
    };
    RuleError {
        message: format!("not an expression: {}", message.to_lowercase()),
        words: None,
        hint: Some("a rule reads like: person.orders > 3 and person.tier = 'gold'".to_owned()),
    }
}

fn too_deep() -> RuleError {
    RuleError {
        message: "the rule is nested too deeply".to_owned(),
        words: None,
        hint: Some(DEEP.to_owned()),
    }
}

struct Lower<'a> {
    expression: &'a str,
    /// Whether it is short enough to look for the words of a term.
    brief: bool,
    /// Terms made from others, which nested would double at each level.
    copied: Cell<usize>,
}

impl Lower<'_> {
    /// The words of a term. Finding and printing them recurses, as deep as a chain is long.
    fn words(&self, expr: &Expr) -> String {
        if !self.brief {
            return "a term".to_owned();
        }
        slice(self.expression, expr.span()).unwrap_or_else(|| expr.to_string())
    }

    fn unknown(&self, expr: &Expr) -> RuleError {
        let words = self.words(expr);
        error(
            format!("{words} is not part of the rule language"),
            words,
            "a rule compares columns: =, <>, <, <=, >, >=, and, or, not, in, between, like, is null",
        )
    }

    /// A term once more, for a construct that stands for several comparisons of it.
    fn again(&self, term: &Term) -> Result<Term, RuleError> {
        self.copied.set(self.copied.get() + term.size());
        if self.copied.get() > MAX_COPIED { Err(too_deep()) } else { Ok(term.clone()) }
    }

    fn boxed(&self, expr: &Expr, depth: usize) -> Result<Box<Term>, RuleError> {
        self.term(expr, depth + 1).map(Box::new)
    }

    fn list<'e>(
        &self,
        list: impl IntoIterator<Item = &'e Expr>,
        depth: usize,
    ) -> Result<Vec<Term>, RuleError> {
        list.into_iter().map(|expr| self.term(expr, depth + 1)).collect()
    }

    fn call(&self, name: &str, of: &[&Expr], depth: usize) -> Result<Term, RuleError> {
        Ok(Term::Call(name.to_owned(), self.list(of.iter().copied(), depth)?))
    }

    fn term(&self, expr: &Expr, depth: usize) -> Result<Term, RuleError> {
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let not_if = |negated: bool, term: Term| if negated { not(term) } else { term };
        let is = |inner: &Expr, test, negated| {
            Ok(not_if(negated, Term::Is(self.boxed(inner, depth)?, test)))
        };
        match expr {
            Expr::Nested(inner) => self.term(inner, depth),
            Expr::Identifier(name) => Ok(Term::Column(name.value.clone())),
            Expr::CompoundIdentifier(parts) => Ok(Term::Column(
                parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join("."),
            )),
            Expr::Value(value) => self.value(expr, &value.value),
            Expr::TypedString(typed) => self.typed(expr, typed),
            Expr::Interval(interval) => self.interval(expr, interval),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => Ok(not(self.term(expr, depth + 1)?)),
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
                Ok(negate(self.term(expr, depth + 1)?))
            }
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => self.term(expr, depth + 1),
            Expr::BinaryOp { left, op, right } => self.binary(expr, left, op, right, depth),
            Expr::Between { expr, negated, low, high } => {
                let term = self.term(expr, depth + 1)?;
                let again = self.again(&term)?;
                let ends = vec![
                    compare(Comparison::GreaterOrEqual, again, self.term(low, depth + 1)?),
                    compare(Comparison::LessOrEqual, term, self.term(high, depth + 1)?),
                ];
                Ok(not_if(*negated, Term::And(ends)))
            }
            Expr::InList { expr: term, list, negated } if !list.is_empty() => {
                Ok(not_if(*negated, Term::In(self.boxed(term, depth)?, self.list(list, depth)?)))
            }
            Expr::Like { negated, any: false, expr, pattern, escape_char: None } => Ok(not_if(
                *negated,
                Term::Like(self.boxed(expr, depth)?, self.boxed(pattern, depth)?),
            )),
            Expr::IsNull(inner) => is(inner, Test::Null, false),
            Expr::IsNotNull(inner) => is(inner, Test::Null, true),
            Expr::IsTrue(inner) => is(inner, Test::True, false),
            Expr::IsNotTrue(inner) => is(inner, Test::True, true),
            Expr::IsFalse(inner) => is(inner, Test::False, false),
            Expr::IsNotFalse(inner) => is(inner, Test::False, true),
            Expr::Case { operand, conditions, else_result, .. } => {
                let operand = operand.as_ref().map(|of| self.term(of, depth + 1)).transpose()?;
                let mut branches = Vec::new();
                for branch in conditions {
                    let when = self.term(&branch.condition, depth + 1)?;
                    let when = match &operand {
                        Some(of) => compare(Comparison::Equal, self.again(of)?, when),
                        None => when,
                    };
                    branches.push((when, self.term(&branch.result, depth + 1)?));
                }
                let otherwise =
                    else_result.as_ref().map(|other| self.boxed(other, depth)).transpose()?;
                Ok(Term::Case(branches, otherwise))
            }
            Expr::Cast { expr: inner, data_type, array: false, format: None, .. } => {
                let Some(to) = cast_type(data_type) else { return Err(self.unknown(expr)) };
                Ok(Term::Cast(self.boxed(inner, depth)?, to))
            }
            Expr::Extract { field, expr, .. } => {
                let field = Term::Literal(Literal::Text(field.to_string().to_lowercase()));
                Ok(Term::Call("date_part".to_owned(), vec![field, self.term(expr, depth + 1)?]))
            }
            Expr::Ceil { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                self.call("ceil", &[expr], depth)
            }
            Expr::Floor {
                expr,
                field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime),
            } => self.call("floor", &[expr], depth),
            Expr::Substring { expr, substring_from: Some(from), substring_for, .. } => {
                let of: Vec<&Expr> = [Some(&**expr), Some(&**from), substring_for.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect();
                self.call("substr", &of, depth)
            }
            Expr::Trim { trim_where: None, trim_what: None, expr, trim_characters: None } => {
                self.call("btrim", &[expr], depth)
            }
            Expr::Function(function) => self.function(expr, function, depth),
            Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => {
                let words = self.words(expr);
                Err(error("a rule cannot hold a query", words, aggregate_hint()))
            }
            _ => Err(self.unknown(expr)),
        }
    }

    fn binary(
        &self,
        whole: &Expr,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        depth: usize,
    ) -> Result<Term, RuleError> {
        let comparison = match op {
            BinaryOperator::And | BinaryOperator::Or => return self.chain(whole, op, depth),
            BinaryOperator::Eq => Comparison::Equal,
            BinaryOperator::NotEq => Comparison::NotEqual,
            BinaryOperator::Lt => Comparison::Less,
            BinaryOperator::LtEq => Comparison::LessOrEqual,
            BinaryOperator::Gt => Comparison::Greater,
            BinaryOperator::GtEq => Comparison::GreaterOrEqual,
            _ => {
                let op = match op {
                    BinaryOperator::Plus => Arithmetic::Add,
                    BinaryOperator::Minus => Arithmetic::Subtract,
                    BinaryOperator::Multiply => Arithmetic::Multiply,
                    BinaryOperator::Divide => Arithmetic::Divide,
                    _ => return Err(self.unknown(whole)),
                };
                let (left, right) = (self.term(left, depth + 1)?, self.term(right, depth + 1)?);
                return Ok(arithmetic(op, left, right));
            }
        };
        Ok(compare(comparison, self.term(left, depth + 1)?, self.term(right, depth + 1)?))
    }

    /// Flattens `a and b and c`, which the parser hands over as a tree as deep as it is long.
    fn chain(&self, whole: &Expr, op: &BinaryOperator, depth: usize) -> Result<Term, RuleError> {
        let mut operands = Vec::new();
        let mut rest = whole;
        while let Expr::BinaryOp { left, op: other, right } = rest {
            if other != op {
                break;
            }
            operands.push(&**right);
            rest = left;
        }
        operands.push(rest);
        operands.reverse();
        let mut terms = Vec::new();
        for operand in operands {
            match (op, self.term(operand, depth + 1)?) {
                (BinaryOperator::And, Term::And(inner)) | (BinaryOperator::Or, Term::Or(inner)) => {
                    terms.extend(inner);
                }
                (_, term) => terms.push(term),
            }
        }
        Ok(if *op == BinaryOperator::And { Term::And(terms) } else { Term::Or(terms) })
    }

    fn value(&self, expr: &Expr, value: &Value) -> Result<Term, RuleError> {
        Ok(Term::Literal(match value {
            Value::Null => Literal::Null,
            Value::Boolean(value) => Literal::Bool(*value),
            Value::SingleQuotedString(text) => Literal::Text(text.clone()),
            Value::Number(digits, false) => match digits.parse::<i64>() {
                Ok(number) => Literal::Int(number),
                Err(_) => match digits.parse::<f64>() {
                    Ok(number) if number.is_finite() => Literal::Float(number),
                    _ => return Err(error("the number is too large", digits, "write less of it")),
                },
            },
            _ => return Err(self.unknown(expr)),
        }))
    }

    fn typed(&self, expr: &Expr, typed: &TypedString) -> Result<Term, RuleError> {
        let of_time = matches!(typed.data_type, DataType::Date | DataType::Timestamp(..));
        match (&typed.value.value, of_time) {
            (Value::SingleQuotedString(text), true) => {
                Ok(Term::Literal(Literal::Time(interval::time(text)?)))
            }
            _ => Err(self.unknown(expr)),
        }
    }

    fn interval(&self, expr: &Expr, written: &Interval) -> Result<Term, RuleError> {
        let Expr::Value(value) = &*written.value else { return Err(self.unknown(expr)) };
        let mut text = match &value.value {
            Value::SingleQuotedString(text) | Value::Number(text, false) => text.clone(),
            _ => return Err(self.unknown(expr)),
        };
        if let Some(unit) = &written.leading_field {
            text = format!("{text} {unit}");
        }
        let span = interval::span(&text)
            .map_err(|wrong| RuleError { words: Some(self.words(expr)), ..wrong })?;
        Ok(Term::Literal(Literal::Span(span)))
    }

    fn function(&self, expr: &Expr, call: &Function, depth: usize) -> Result<Term, RuleError> {
        let name = call.name.to_string().to_lowercase();
        if let Some((why, hint)) = forbidden(&name) {
            return Err(error(format!("{name}() {why}"), self.words(expr), hint));
        }
        if call.over.is_some() || call.filter.is_some() || !call.within_group.is_empty() {
            let message = format!("{name}() looks at many rows");
            return Err(error(message, self.words(expr), aggregate_hint()));
        }
        let FunctionArguments::List(list) = &call.args else { return Err(self.unknown(expr)) };
        let plain = list.duplicate_treatment.is_none() && list.clauses.is_empty();
        if !plain || call.null_treatment.is_some() {
            return Err(self.unknown(expr));
        }
        let named = behaviour::is_one(&name);
        let mut terms = Vec::new();
        for argument in &list.args {
            terms.push(match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)) => {
                    self.term(argument, depth + 1)?
                }
                FunctionArg::Named { name, arg: FunctionArgExpr::Expr(argument), .. } if named => {
                    let name = behaviour::named(&name.value.to_lowercase());
                    Term::Call(name, vec![self.term(argument, depth + 1)?])
                }
                _ => return Err(self.unknown(expr)),
            });
        }
        Ok(Term::Call(functions::canonical(&name).to_owned(), terms))
    }
}

fn cast_type(written: &DataType) -> Option<Type> {
    Some(match written {
        DataType::Int(_) | DataType::Integer(_) | DataType::BigInt(_) => Type::Int,
        DataType::Float(_) | DataType::Double(_) | DataType::DoublePrecision | DataType::Real => {
            Type::Float
        }
        _ => return None,
    })
}

fn not(term: Term) -> Term {
    Term::Not(Box::new(term))
}

fn compare(op: Comparison, left: Term, right: Term) -> Term {
    Term::Compare(op, Box::new(left), Box::new(right))
}

/// Folds the signs of constants, so that a printed `-5` reads back as itself.
fn negate(term: Term) -> Term {
    match term {
        Term::Literal(Literal::Int(number)) => Term::Literal(Literal::Int(number.wrapping_neg())),
        Term::Literal(Literal::Float(number)) => Term::Literal(Literal::Float(-number)),
        Term::Literal(Literal::Span(span)) => {
            Term::Literal(Literal::Span(Span(span.0.wrapping_neg())))
        }
        term => Term::Negate(Box::new(term)),
    }
}

/// Adds constant lengths of time up at once: they are then one offset.
fn arithmetic(op: Arithmetic, left: Term, right: Term) -> Term {
    if let (Term::Literal(Literal::Span(a)), Term::Literal(Literal::Span(b))) = (&left, &right) {
        let sum = match op {
            Arithmetic::Add => a.0.checked_add(b.0),
            Arithmetic::Subtract => a.0.checked_sub(b.0),
            Arithmetic::Multiply | Arithmetic::Divide => None,
        };
        if let Some(sum) = sum {
            return Term::Literal(Literal::Span(Span(sum)));
        }
    }
    Term::Arithmetic(op, Box::new(left), Box::new(right))
}
