//! Syntax trees: texts of this crate parsed, values bound, expressions put in from closed sets.

use crate::definition::Definition;
use crate::error::{Error, Result};
use crate::filter::{Asks, Condition, Operand};
use crate::path::Path;
use gyre_config::kinds::{Aggregate, ValueType};
use gyre_ports::lake::Parameter;
use sqlparser::ast::{BinaryOperator, Expr, Ident, Query, Statement, Value, visit_expressions_mut};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use std::ops::ControlFlow;

/// A tree with what its `$1`, `$2`, … stand for.
#[derive(Debug)]
pub(super) struct Tree {
    query: Query,
    parameters: Vec<Parameter>,
}

impl Tree {
    /// A text of this crate with its parameters.
    pub(super) fn parse(text: &'static str, parameters: Vec<Parameter>) -> Result<Self> {
        Ok(Self { query: query(text)?, parameters })
    }

    pub(super) fn finish(self) -> (Statement, Vec<Parameter>) {
        (Statement::Query(Box::new(self.query)), self.parameters)
    }

    /// What a feature is made of, per label.
    pub(super) fn facts(definition: &Definition, parameters: Vec<Parameter>) -> Result<Self> {
        let mut tree = Self::parse(include_str!("facts.sql"), parameters)?;
        let told = match &definition.path {
            Path::Told(root, _) => Expr::Identifier(Ident::new(root.column())),
            Path::Nothing | Path::At => Expr::Identifier(Ident::new("kind")),
        };
        let mut condition = expression("TRUE")?;
        if let Some(name) = &definition.event {
            let named = tree.text(name)?;
            let mut is = expression("name = word")?;
            put(&mut is, "word", &named);
            condition = both(condition, is);
        }
        for one in &definition.filter {
            condition = both(condition, tree.condition(one)?);
        }
        let value = tree.value(definition)?;
        let mut last = query(final_text(definition.aggregate))?;
        last.with = tree.query.with.take();
        tree.query = last;
        put_in(&mut tree.query, "told_column", &told);
        put_in(&mut tree.query, "event_condition", &condition);
        put_in(&mut tree.query, "value_expression", &value);
        Ok(tree)
    }

    /// What an event adds.
    fn value(&mut self, definition: &Definition) -> Result<Expr> {
        let keys = match &definition.path {
            Path::Nothing => return expression("TRUE"),
            Path::At if definition.aggregate == Aggregate::Count => return expression("TRUE"),
            Path::At => return expression("t.occurred"),
            Path::Told(_, keys) => keys.join("."),
        };
        let text = match (definition.aggregate, definition.value_type) {
            (Aggregate::Count, _) => "feature_present(t.told, word)",
            (Aggregate::Distinct, _) => "feature_text(t.told, word)",
            (Aggregate::First | Aggregate::Last, ValueType::Number) => {
                "feature_number(t.told, word)"
            }
            (Aggregate::First | Aggregate::Last, ValueType::Text) => "feature_text(t.told, word)",
            (Aggregate::First | Aggregate::Last, ValueType::Boolean) => {
                "feature_boolean(t.told, word)"
            }
            (Aggregate::First | Aggregate::Last, ValueType::Time) => "feature_time(t.told, word)",
            _ => "feature_amount(t.told, word)",
        };
        let mut value = expression(text)?;
        let keys = self.text(&keys)?;
        put(&mut value, "word", &keys);
        Ok(value)
    }

    fn condition(&mut self, condition: &Condition) -> Result<Expr> {
        let Some((root, keys)) = condition.place() else {
            return Err(Error::Offline("a condition looks nowhere".to_owned()));
        };
        let column = Expr::Identifier(Ident::new(root.column()));
        let keys = self.text(&keys.join("."))?;
        let place = |mut tree: Expr| {
            put(&mut tree, "told", &column);
            put(&mut tree, "key_text", &keys);
            tree
        };
        Ok(match &condition.asks {
            Asks::In(operands, wanted) => {
                let mut any = expression("FALSE")?;
                for operand in operands {
                    let (text, operand) = match operand {
                        Operand::Text(text) => {
                            ("feature_text(told, key_text) = word", self.text(text)?)
                        }
                        Operand::Number(number) => {
                            ("feature_number(told, key_text) = word", self.number(*number)?)
                        }
                        Operand::Boolean(truth) => {
                            let truth = if *truth { "TRUE" } else { "FALSE" };
                            ("feature_boolean(told, key_text) = word", expression(truth)?)
                        }
                    };
                    let mut is = place(expression(text)?);
                    put(&mut is, "word", &operand);
                    any = binary(any, BinaryOperator::Or, is);
                }
                let text =
                    if *wanted { "coalesce(either, FALSE)" } else { "NOT coalesce(either, FALSE)" };
                let mut whole = expression(text)?;
                put(&mut whole, "either", &any);
                whole
            }
            Asks::Above(number) | Asks::Below(number) => {
                let text = match condition.asks {
                    Asks::Above(_) => "feature_number(told, key_text) > word",
                    _ => "feature_number(told, key_text) < word",
                };
                let number = self.number(*number)?;
                let mut is = place(expression(text)?);
                put(&mut is, "word", &number);
                is
            }
            Asks::Nothing(true) => {
                place(expression("feature_present(told, key_text) IS NOT TRUE")?)
            }
            Asks::Nothing(false) => place(expression("feature_present(told, key_text) IS TRUE")?),
        })
    }

    fn bind(&mut self, value: Parameter) -> Expr {
        self.parameters.push(value);
        Expr::Value(Value::Placeholder(format!("${}", self.parameters.len())).into())
    }

    /// A bound text, with its type said, since functions ask for it.
    fn text(&mut self, text: &str) -> Result<Expr> {
        let value = self.bind(Parameter::Text(text.to_owned()));
        let mut cast = expression("CAST(x AS VARCHAR)")?;
        put(&mut cast, "x", &value);
        Ok(cast)
    }

    fn number(&mut self, number: f64) -> Result<Expr> {
        let value = self.bind(Parameter::Number(number));
        let mut cast = expression("CAST(x AS DOUBLE)")?;
        put(&mut cast, "x", &value);
        Ok(cast)
    }
}

fn final_text(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Count => include_str!("count.sql"),
        Aggregate::Distinct => include_str!("distinct.sql"),
        Aggregate::Last => include_str!("last.sql"),
        Aggregate::First => include_str!("first.sql"),
        _ => include_str!("numbers.sql"),
    }
}

fn query(text: &'static str) -> Result<Query> {
    let parsed = Parser::new(&GenericDialect {})
        .try_with_sql(text)
        .and_then(|mut parser| parser.parse_statement())
        .map_err(|why| Error::Offline(format!("a text does not parse: {why}")))?;
    match parsed {
        Statement::Query(query) => Ok(*query),
        _ => Err(Error::Offline("a text is no query".to_owned())),
    }
}

fn expression(text: &'static str) -> Result<Expr> {
    Parser::new(&GenericDialect {})
        .try_with_sql(text)
        .and_then(|mut parser| parser.parse_expr())
        .map_err(|why| Error::Offline(format!("a text does not parse: {why}")))
}

fn both(left: Expr, right: Expr) -> Expr {
    binary(left, BinaryOperator::And, right)
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    let nested = |one: Expr| Box::new(Expr::Nested(Box::new(one)));
    Expr::BinaryOp { left: nested(left), op, right: nested(right) }
}

fn put(tree: &mut Expr, name: &str, with: &Expr) {
    let _: ControlFlow<()> = visit_expressions_mut(tree, |one| {
        if matches!(one, Expr::Identifier(ident) if ident.value == name) {
            *one = with.clone();
        }
        ControlFlow::Continue(())
    });
}

fn put_in(query: &mut Query, name: &str, with: &Expr) {
    let _: ControlFlow<()> = visit_expressions_mut(query, |one| {
        if matches!(one, Expr::Identifier(ident) if ident.value == name) {
            *one = with.clone();
        }
        ControlFlow::Continue(())
    });
}
