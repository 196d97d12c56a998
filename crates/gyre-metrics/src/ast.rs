//! Syntax trees: texts of this crate parsed, values bound, parts put together. Nothing here makes text.

use crate::error::{Error, Result};
use gyre_ports::lake::Parameter;
use sqlparser::ast::{
    BinaryOperator, Cte, Expr, Ident, Query, SelectItem, SetExpr, Statement, Value,
    visit_expressions_mut, visit_relations_mut,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Parses a text of this crate.
pub(crate) fn query(name: &'static str, text: &'static str) -> Result<Query> {
    let parsed = Parser::new(&GenericDialect {})
        .try_with_sql(text)
        .and_then(|mut parser| parser.parse_statement())
        .map_err(|source| Error::Text { name, source })?;
    match parsed {
        Statement::Query(query) => Ok(*query),
        _ => Err(Error::Tree { name }),
    }
}

/// Parses an expression of this crate.
pub(crate) fn expression(text: &'static str) -> Result<Expr> {
    Parser::new(&GenericDialect {})
        .try_with_sql(text)
        .and_then(|mut parser| parser.parse_expr())
        .map_err(|source| Error::Text { name: "an expression", source })
}

/// A column of a table that has an alias. Names come from closed sets.
pub(crate) fn column(table: &str, name: &str) -> Expr {
    Expr::CompoundIdentifier(vec![Ident::new(table), ident(name)])
}

/// A name; with quotes where it is a word of SQL.
fn ident(name: &str) -> Ident {
    match name {
        "loop" | "order" | "count" => Ident::with_quote('"', name),
        plain => Ident::new(plain),
    }
}

/// A text as it stands: for names of time zones and parts of dates, which cannot be bound.
pub(crate) fn literal(text: &str) -> Expr {
    Expr::Value(Value::SingleQuotedString(text.to_owned()).into())
}

/// An expression under a name.
pub(crate) fn named(expression: Expr, name: &str) -> SelectItem {
    SelectItem::ExprWithAlias { expr: expression, alias: ident(name) }
}

/// All of them.
pub(crate) fn all_of(conditions: Vec<Expr>) -> Option<Expr> {
    chain(conditions, BinaryOperator::And)
}

/// One of them.
pub(crate) fn one_of(conditions: Vec<Expr>) -> Option<Expr> {
    chain(conditions, BinaryOperator::Or).map(|one| Expr::Nested(Box::new(one)))
}

fn chain(conditions: Vec<Expr>, op: BinaryOperator) -> Option<Expr> {
    conditions.into_iter().reduce(|left, right| binary(left, op.clone(), right))
}

/// Two expressions and what is between them.
pub(crate) fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

/// Replaces, wherever it stands in a tree, a column called `name` without a table.
pub(crate) fn put(tree: &mut Expr, name: &str, with: &Expr) {
    let _: ControlFlow<()> = visit_expressions_mut(tree, |one| {
        if matches!(one, Expr::Identifier(ident) if ident.value == name) {
            *one = with.clone();
        }
        ControlFlow::Continue(())
    });
}

/// Calls a table of a tree by another name.
pub(crate) fn rename(tree: &mut Query, from: &str, to: &str) {
    let _: ControlFlow<()> = visit_relations_mut(tree, |relation| {
        if let [part] = &mut relation.0[..]
            && part.as_ident().is_some_and(|ident| ident.value == from)
        {
            *relation = vec![ident(to)].into();
        }
        ControlFlow::Continue(())
    });
}

/// Puts items and conditions into the one `SELECT` of a query.
pub(crate) fn fill(query: &mut Query, items: Vec<SelectItem>, conditions: Vec<Expr>) -> Result<()> {
    let SetExpr::Select(select) = query.body.as_mut() else {
        return Err(Error::Tree { name: "a base" });
    };
    select.projection = items;
    let before = select.selection.take();
    select.selection = all_of(before.into_iter().chain(conditions).collect());
    Ok(())
}

/// A query before which parts are defined.
pub(crate) fn with(parts: Vec<(&'static str, Query)>, mut last: Query) -> Result<Statement> {
    let mut frame = query("with", "WITH x AS (SELECT 1) SELECT 1")?;
    let Some(with) = frame.with.as_mut() else { return Err(Error::Tree { name: "with" }) };
    let Some(model) = with.cte_tables.pop() else { return Err(Error::Tree { name: "with" }) };
    for (name, part) in parts {
        let mut cte: Cte = model.clone();
        cte.alias.name = ident(name);
        cte.query = Box::new(part);
        with.cte_tables.push(cte);
    }
    if !with.cte_tables.is_empty() {
        last.with = frame.with;
    }
    Ok(Statement::Query(Box::new(last)))
}

/// Values that a tree names, before they have numbers.
#[derive(Debug, Default, Clone)]
pub(crate) struct Bound {
    values: BTreeMap<String, Parameter>,
}

impl Bound {
    /// Gives a value to a name that texts use, such as `$workspace`.
    pub(crate) fn set(&mut self, name: &str, value: Parameter) {
        self.values.insert(format!("${name}"), value);
    }

    /// Binds a value and gives what stands for it.
    pub(crate) fn bind(&mut self, value: Parameter) -> Expr {
        let name = format!("$v{}", self.values.len());
        self.values.insert(name.clone(), value);
        Expr::Value(Value::Placeholder(name).into())
    }

    /// Binds a text, with its type said, since some functions ask for it.
    pub(crate) fn text(&mut self, value: &str) -> Result<Expr> {
        let mut cast = expression("CAST(x AS VARCHAR)")?;
        let value = self.bind(Parameter::Text(value.to_owned()));
        put(&mut cast, "x", &value);
        Ok(cast)
    }

    /// Numbers what the tree names, `$1`, `$2`, …, and gives the values in that order.
    pub(crate) fn number(&self, tree: &mut Statement) -> Result<Vec<Parameter>> {
        let mut numbered: BTreeMap<String, usize> = BTreeMap::new();
        let mut values = Vec::new();
        let mut missing = false;
        let _: ControlFlow<()> = visit_expressions_mut(tree, |one| {
            if let Expr::Value(value) = one
                && let Value::Placeholder(name) = &mut value.value
            {
                let Some(parameter) = self.values.get(name) else {
                    missing = true;
                    return ControlFlow::Break(());
                };
                let number = *numbered.entry(name.clone()).or_insert_with(|| {
                    values.push(parameter.clone());
                    values.len()
                });
                *name = format!("${number}");
            }
            ControlFlow::Continue(())
        });
        if missing { Err(Error::Tree { name: "parameters" }) } else { Ok(values) }
    }
}
