//! From what a client wrote to statements that DataFusion plans.
//!
//! Questions about the system catalog are rewritten for DataFusion by rules that know what drivers send,
//! also where that means to leave out what only PostgreSQL could answer. Questions about our tables are
//! rewritten only where the meaning stays, so that they mean what they mean to `POST /v1/query`.

use crate::array;
use crate::error::{code, error};
use datafusion_pg_catalog::sql::PostgresCompatibilityParser;
use datafusion_pg_catalog::sql::rules::{
    AliasDuplicatedProjectionRewrite, CurrentUserVariableToSessionUserFunctionCall,
    RewriteArrayAnyAllOperation, RewritePgCatalogOperator, SqlStatementRewriteRule,
    StripCallableQualifier, StripCollate,
};
use pgwire::error::PgWireError;
use sqlparser::ast::helpers::attached_token::AttachedToken;
use sqlparser::ast::{
    Array, ArrayElemTypeDef, CaseWhen, CastKind, DataType, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, ObjectName, ObjectNamePart,
    SetExpr, Statement, TableFactor, Value, Visit, Visitor, visit_expressions_mut,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The most bytes of one message with statements.
const LONGEST: usize = 1 << 20;
/// Schemas of the system.
const SYSTEM: [&str; 2] = ["pg_catalog", "information_schema"];
/// Functions that are asked by drivers, not by people.
const DRIVERS: [&str; 9] = [
    "version",
    "current_schemas",
    "current_schema",
    "current_setting",
    "set_config",
    "format_type",
    "quote_ident",
    "obj_description",
    "col_description",
];

/// Reads statements.
#[derive(Debug)]
pub(crate) struct Reader {
    system: PostgresCompatibilityParser,
    ours: Vec<Arc<dyn SqlStatementRewriteRule>>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            system: PostgresCompatibilityParser::new(),
            ours: vec![
                Arc::new(AliasDuplicatedProjectionRewrite),
                Arc::new(RewriteArrayAnyAllOperation),
                Arc::new(StripCallableQualifier),
                Arc::new(CurrentUserVariableToSessionUserFunctionCall),
                Arc::new(StripCollate),
                Arc::new(RewritePgCatalogOperator),
            ],
        }
    }
}

impl Reader {
    /// The statements of a text, in order.
    pub(crate) fn read(&self, text: &str) -> Result<Vec<Statement>, PgWireError> {
        if text.len() > LONGEST {
            return Err(error(code::SYNTAX, format!("a statement has at most {LONGEST} bytes")));
        }
        // Some of what drivers send is known word by word, and only that form can be parsed.
        let plain = Parser::parse_sql(&PostgreSqlDialect {}, text);
        let system = self
            .system
            .parse(&spelled(&numbered(text, plain.as_deref().unwrap_or_default())))
            .map(|all| all.into_iter().map(understood).collect::<Vec<_>>());
        match (plain, system) {
            (Ok(plain), Ok(system)) if plain.len() == system.len() => {
                let both = plain.into_iter().zip(system);
                Ok(both.map(|(plain, system)| self.choose(plain, system)).collect())
            }
            (Ok(plain), Err(_)) => {
                Ok(plain.into_iter().map(|statement| self.rewritten(statement)).collect())
            }
            (_, Ok(system)) => Ok(system),
            (Err(why), Err(_)) => {
                let why = why.to_string();
                let why = why.trim_start_matches("sql parser error: ");
                Err(error(code::SYNTAX, format!("syntax error: {why}")))
            }
        }
    }

    fn choose(&self, plain: Statement, system: Statement) -> Statement {
        if asks_the_system(&plain) { system } else { self.rewritten(plain) }
    }

    fn rewritten(&self, mut statement: Statement) -> Statement {
        read_lists(&mut statement);
        plain_escapes(&mut statement);
        self.ours.iter().fold(statement, |statement, rule| rule.rewrite(statement))
    }
}

/// The numbers of the system's own tables, which clients write by name.
const NUMBERS: [(&str, u32); 8] = [
    ("pg_class", 1259),
    ("pg_namespace", 2615),
    ("pg_constraint", 2606),
    ("pg_type", 1247),
    ("pg_proc", 1255),
    ("pg_database", 1262),
    ("pg_attrdef", 2604),
    ("pg_trigger", 2620),
];

/// A question about the system with what the rules cannot look up put in: numbers of its own tables, and
/// functions that the played catalog tells by name.
fn spelled(text: &str) -> String {
    let mut spelled = text.to_owned();
    if !text.contains("::") {
        return spelled;
    }
    for schema in ["", "pg_catalog."] {
        for (table, number) in NUMBERS {
            for kind in ["regclass", "pg_catalog.regclass"] {
                let name = format!("'{schema}{table}'::{kind}");
                spelled = spelled.replace(&name, &number.to_string());
            }
        }
        spelled = spelled.replace(&format!("'{schema}array_in'::regproc"), "'array_in'");
    }
    spelled
}

/// A text whose statements name tables of the system by what is bound later: with the numbers of all of
/// them in it.
fn numbered<'a>(text: &'a str, statements: &[Statement]) -> Cow<'a, str> {
    let mut statements = statements.to_vec();
    let mut is_other = false;
    let _: ControlFlow<()> = visit_expressions_mut(&mut statements, |expression| {
        if let Expr::Cast { expr, data_type, .. } = expression
            && matches!(data_type, DataType::Regclass)
        {
            let mut named = expr.as_ref();
            while let Expr::Cast { expr, .. } = named {
                named = expr;
            }
            let number = |one: u32| Expr::Value(Value::Number(one.to_string(), false).into());
            if let Expr::Value(value) = named
                && let Value::SingleQuotedString(name) = &value.value
            {
                let name = name.strip_prefix("pg_catalog.").unwrap_or(name);
                if let Some((_, known)) = NUMBERS.iter().find(|(one, _)| *one == name) {
                    is_other = true;
                    *expression = number(*known);
                }
            } else if matches!(named, Expr::Value(value) if matches!(value.value, Value::Placeholder(_)))
            {
                let text =
                    |text: &str| Expr::Value(Value::SingleQuotedString(text.to_owned()).into());
                let conditions = NUMBERS
                    .iter()
                    .map(|(name, one)| CaseWhen { condition: text(name), result: number(*one) });
                is_other = true;
                *expression = Expr::Case {
                    case_token: AttachedToken::empty(),
                    end_token: AttachedToken::empty(),
                    operand: Some(Box::new(replaced(expr, "pg_catalog.", ""))),
                    conditions: conditions.collect(),
                    else_result: None,
                };
            }
        }
        ControlFlow::Continue(())
    });
    if !is_other {
        return Cow::Borrowed(text);
    }
    let statements: Vec<String> = statements.iter().map(ToString::to_string).collect();
    Cow::Owned(statements.join("; "))
}

/// Lists in text, as in `= ANY('{a,"b c"}')`, as lists: the rule for `ANY` leaves their quotes on.
fn read_lists(statement: &mut Statement) {
    let _: ControlFlow<()> = visit_expressions_mut(statement, |expression| {
        if let Expr::AnyOp { right, .. } | Expr::AllOp { right, .. } = expression
            && let Expr::Value(value) = right.as_ref()
            && let Value::SingleQuotedString(text) = &value.value
            && let Some(elements) = array::elements(text)
        {
            let value = |element: Option<String>| {
                Expr::Value(element.map_or(Value::Null, Value::SingleQuotedString).into())
            };
            let elem = elements.into_iter().map(value).collect();
            **right = Expr::Array(Array { elem, named: true });
        }
        ControlFlow::Continue(())
    });
}

/// A question about the system as DataFusion understands it.
fn understood(statement: Statement) -> Statement {
    let mut statement = without_arrays_of_rows(statement);
    without_empty(&mut statement);
    plain_escapes(&mut statement);
    statement
}

/// Tables of the system that hold nothing here: no column has a default, a sequence or a collation.
const EMPTY: [&str; 3] = ["pg_attrdef", "pg_sequence", "pg_collation"];

/// Values read from tables that hold nothing are nothing; DataFusion does not plan all the ways in which
/// drivers ask for them.
fn without_empty(statement: &mut Statement) {
    let _: ControlFlow<()> = visit_expressions_mut(statement, |expression| {
        if let Expr::Subquery(query) = expression
            && let SetExpr::Select(select) = query.body.as_ref()
            && let Some(TableFactor::Table { name, .. }) =
                select.from.first().map(|one| &one.relation)
            && let Some(last) = name.0.last().and_then(ObjectNamePart::as_ident)
            && (EMPTY.iter().any(|empty| is(last, empty))
                || select.projection.iter().any(|one| one.to_string().ends_with("typcollation")))
        {
            *expression = Expr::Value(Value::Null.into());
        }
        ControlFlow::Continue(())
    });
}

/// `LIKE … ESCAPE` with the escape that DataFusion has.
fn plain_escapes(statement: &mut Statement) {
    let _: ControlFlow<()> = visit_expressions_mut(statement, |expression| {
        if let Expr::Like { pattern, escape_char: Some(escape), .. }
        | Expr::ILike { pattern, escape_char: Some(escape), .. } = expression
            && let Value::SingleQuotedString(mark) = &mut escape.value
            && mark != "\\"
            && mark.chars().count() == 1
        {
            let doubled = mark.repeat(2);
            // What stands doubled is kept apart while the mark becomes another.
            let steps = [
                ("\\", "\\\\"),
                (&doubled, "\u{1}"),
                (mark.as_str(), "\\"),
                ("\u{1}", mark.as_str()),
            ];
            let literal = match pattern.as_mut() {
                Expr::Value(written) => match &mut written.value {
                    Value::SingleQuotedString(text) => Some(text),
                    _ => None,
                },
                _ => None,
            };
            if let Some(text) = literal {
                for (from, to) in steps {
                    *text = text.replace(from, to);
                }
            } else {
                for (from, to) in steps {
                    **pattern = replaced(pattern, from, to);
                }
            }
            "\\".clone_into(mark);
        }
        ControlFlow::Continue(())
    });
}

/// `replace(of, 'from', 'to')`.
fn replaced(of: &Expr, from: &str, to: &str) -> Expr {
    let text = |text: &str| Expr::Value(Value::SingleQuotedString(text.to_owned()).into());
    let arguments = [of.clone(), text(from), text(to)];
    let arguments = arguments.map(|one| FunctionArg::Unnamed(FunctionArgExpr::Expr(one)));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new("replace")]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.into(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// The statement without `ARRAY(SELECT …)`, which DataFusion does not have: about the system, they list
/// roles and rights, of which there are none.
fn without_arrays_of_rows(mut statement: Statement) -> Statement {
    let _: ControlFlow<()> = visit_expressions_mut(&mut statement, |expression| {
        if let Expr::Function(function) = expression
            && function.name.to_string().eq_ignore_ascii_case("array")
            && matches!(function.args, FunctionArguments::Subquery(_))
        {
            *expression = Expr::Cast {
                kind: CastKind::DoubleColon,
                expr: Box::new(Expr::Value(Value::Null.into())),
                data_type: DataType::Array(ArrayElemTypeDef::SquareBracket(
                    Box::new(DataType::Text),
                    None,
                )),
                array: false,
                format: None,
            };
        }
        ControlFlow::Continue(())
    });
    statement
}

/// Whether a statement is about the system catalog.
pub(crate) fn asks_the_system(statement: &Statement) -> bool {
    statement.visit(&mut System).is_break()
}

struct System;

impl Visitor for System {
    type Break = ();

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
        let mut parts = name.0.iter().filter_map(ObjectNamePart::as_ident);
        if parts.clone().any(|part| SYSTEM.iter().any(|schema| is(part, schema))) {
            return ControlFlow::Break(());
        }
        match (parts.next(), parts.next()) {
            // The system's tables are found without their schema.
            (Some(only), None) if begins_system(only) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        let hit = match expression {
            Expr::Function(function) => {
                let mut parts = function.name.0.iter().rev().filter_map(ObjectNamePart::as_ident);
                let name = parts.next();
                name.is_some_and(|name| {
                    begins_system(name) || DRIVERS.iter().any(|known| is(name, known))
                }) || parts.next().is_some_and(|schema| is(schema, SYSTEM[0]))
            }
            Expr::Cast { data_type, .. } => match data_type {
                DataType::Regclass => true,
                DataType::Custom(name, _) => {
                    name.0.iter().filter_map(ObjectNamePart::as_ident).any(|part| {
                        is(part, SYSTEM[0]) || part.value.to_lowercase().starts_with("reg")
                    })
                }
                _ => false,
            },
            _ => false,
        };
        if hit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn is(ident: &Ident, name: &str) -> bool {
    ident.value.eq_ignore_ascii_case(name)
}

fn begins_system(ident: &Ident) -> bool {
    ident.value.get(..3).is_some_and(|begin| begin.eq_ignore_ascii_case("pg_"))
}

/// A statement for the log: its form without its values, which may be somebody's data.
pub(crate) fn without_values(statement: &Statement) -> String {
    let mut shown = statement.clone();
    let _: ControlFlow<()> = visit_expressions_mut(&mut shown, |expression| {
        if matches!(expression, Expr::Value(_) | Expr::TypedString(_) | Expr::Interval(_)) {
            *expression = Expr::Value(Value::Placeholder("?".to_owned()).into());
        }
        ControlFlow::Continue(())
    });
    let text = shown.to_string();
    match text.char_indices().nth(2_000) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Statement> {
        Reader::default().read(text).unwrap()
    }

    #[test]
    fn what_drivers_ask_is_told_from_what_people_ask() {
        for (text, system) in [
            ("select count(*) from events", false),
            ("select * from marts.events", false),
            ("select date_trunc('day', at) from events", false),
            ("select * from pg_class", true),
            ("select oid from pg_catalog.pg_type", true),
            ("select table_name from information_schema.tables", true),
            ("select version()", true),
            ("select 'events'::regclass", true),
            ("select (select count(*) from pg_class)", true),
        ] {
            assert_eq!(asks_the_system(&read(text)[0]), system, "{text}");
        }
    }

    #[test]
    fn a_question_about_our_tables_keeps_its_meaning() {
        // The rules for drivers would make something else of it.
        let text =
            "SELECT name, (SELECT count(*) FROM turns WHERE turns.loop = events.name) FROM events";
        let kept = read(text)[0].to_string();
        assert!(!kept.contains("LIMIT") && !kept.contains("NULL"), "{kept}");
        let system = PostgresCompatibilityParser::new().parse(text).unwrap();
        assert_ne!(system[0].to_string(), kept, "then the rules could be used for all");
    }

    #[test]
    fn another_escape_means_the_same() {
        let shown = |text: &str| read(text)[0].to_string();
        let other = shown(r"select 1 from events where name like 'a/_b/%c//d\e%' escape '/'");
        assert!(other.ends_with(r"LIKE 'a\_b\%c/d\\e%' ESCAPE '\'"), "{other}");
        let bound = shown("select 1 from events where name like $1 escape '/'");
        assert!(bound.contains("LIKE replace(replace(replace(replace($1, "), "{bound}");
        let same = r"SELECT 1 FROM events WHERE name LIKE 'a\_b' ESCAPE '\'";
        assert_eq!(shown(same), same);
    }

    #[test]
    fn several_statements_are_read_in_order() {
        let all = read("begin; select 1; select 2 from pg_class; commit");
        let shown: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), 4);
        assert_eq!(shown[1], "SELECT 1");
        assert!(Reader::default().read("selec 1").is_err());
        assert!(Reader::default().read(&"a".repeat(LONGEST + 1)).is_err());
    }

    #[test]
    fn the_log_has_no_values() {
        let shown = without_values(
            &read(
                "select 'ada@example.com', date '2026-01-01' from events where user_id = 'ada' and n in (1, 2) limit 7",
            )[0],
        );
        assert!(
            !shown.contains("ada") && !shown.contains("2026") && !shown.contains('7'),
            "{shown}"
        );
        assert!(shown.contains("FROM events WHERE user_id = ?"), "{shown}");
        let long = format!("select {} from events", vec!["aaaaaaaaaa"; 400].join(", "));
        assert_eq!(without_values(&read(&long)[0]).chars().count(), 2_001);
    }
}
