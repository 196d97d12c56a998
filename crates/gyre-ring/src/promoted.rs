//! Promoted columns: properties that a tracking plan promotes become typed columns of a view per event,
//! which queries can name like a table.
//!
//! A view is no table: when a query names one, its definition is put before the query. So a column is
//! there for all of history at once, follows the plan, and costs reading the JSON each time.

use crate::engine::Engine;
use crate::views;
use gyre_collect::plan::Plans;
use gyre_collect::repair;
use gyre_config::kinds::{PlannedEvent, PlannedProperty, PropertyType, TrackingPlan};
use gyre_model::Workspace;
use gyre_model::event::EventKind;
use gyre_ports::lake::Sql;
use serde::Serialize;
use sqlparser::ast::{
    Cte, Expr, Ident, Query, SelectItem, SetExpr, Statement, Value, visit_expressions_mut,
    visit_relations,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// A promoted column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PromotedColumn {
    /// The view that has it.
    pub view: String,
    /// Its name there.
    pub column: String,
    /// Its type in SQL.
    pub r#type: String,
    /// The plan that promotes it.
    pub plan: String,
    /// The property, or the trait.
    pub property: String,
    /// What it means, as the plan says.
    pub description: Option<String>,
}

/// The views of a workspace, by name.
#[derive(Debug, Default)]
struct Views(BTreeMap<String, View>);

#[derive(Debug)]
struct View {
    kind: EventKind,
    /// The names that events of it have; empty: any.
    names: BTreeSet<String>,
    columns: BTreeMap<String, Column>,
}

#[derive(Debug)]
struct Column {
    plan: String,
    property: String,
    kind: PropertyType,
    description: Option<String>,
}

impl Engine {
    /// The promoted columns of a workspace.
    pub fn promoted_columns(&self, workspace: &Workspace) -> Vec<PromotedColumn> {
        let views = Views::of(&self.shared.catalog(workspace).plans);
        let columns = views.0.iter().flat_map(|(view, one)| {
            one.columns.iter().map(|(name, column)| PromotedColumn {
                view: view.clone(),
                column: name.clone(),
                r#type: sql_type(column.kind).to_owned(),
                plan: column.plan.clone(),
                property: column.property.clone(),
                description: column.description.clone(),
            })
        });
        columns.collect()
    }

    /// The views of a workspace: their names and what they are.
    pub fn views(&self, workspace: &Workspace) -> Vec<(String, Box<Query>)> {
        let views = Views::of(&self.shared.catalog(workspace).plans);
        let defined = views.0.iter().filter_map(|(name, view)| {
            Some((name.clone(), definition(workspace, name, view)?.query))
        });
        let standing = views::VIEWS.iter().filter_map(|view| {
            Some((view.name.to_owned(), views::definition(workspace, view.name)?.query))
        });
        defined.chain(standing).collect()
    }

    /// A query with the definitions of the views that it names. What cannot be parsed stays as it is:
    /// the lake says what is wrong with it.
    pub fn with_views(&self, workspace: &Workspace, sql: Sql) -> Sql {
        let Sql::Text(text) = &sql else { return sql };
        let plans = &self.shared.catalog(workspace).plans;
        match Views::of(plans).defined_in(workspace, text) {
            Some(statement) => Sql::Tree(Box::new(statement)),
            None => sql,
        }
    }
}

impl Views {
    /// What a view is, if there is one of that name; those of plans go first.
    fn definition(&self, workspace: &Workspace, name: &str) -> Option<Cte> {
        match self.0.get(name) {
            Some(view) => definition(workspace, name, view),
            None => views::definition(workspace, name),
        }
    }

    fn of(plans: &Plans) -> Self {
        let mut views = Self::default();
        for (name, plan) in plans.iter() {
            views.add_plan(name, plan);
        }
        views
    }

    fn add_plan(&mut self, plan: &str, spec: &TrackingPlan) {
        use EventKind::{Group, Identify, Page, Screen, Track};
        let named = [
            ("events", Track, &spec.events),
            ("pages", Page, &spec.pages),
            ("screens", Screen, &spec.screens),
        ];
        for (prefix, kind, all) in named {
            for (event, planned) in all {
                let Some(name) = repair::name(event) else { continue };
                self.add(plan, &format!("{prefix}_{name}"), kind, Some(event), planned);
            }
        }
        for (view, kind, call) in
            [("calls_identify", Identify, &spec.identify), ("calls_group", Group, &spec.group)]
        {
            if let Some(planned) = call {
                self.add(plan, view, kind, None, planned);
            }
        }
    }

    fn add(
        &mut self,
        plan: &str,
        view: &str,
        kind: EventKind,
        name: Option<&String>,
        planned: &PlannedEvent,
    ) {
        let promoted = planned.properties.iter().filter(|(_, property)| property.promote);
        for (path, property) in promoted {
            let PlannedProperty { r#type: Some(of), description, .. } = property else { continue };
            let view = self.0.entry(view.to_owned()).or_insert_with(|| View {
                kind,
                names: BTreeSet::new(),
                columns: BTreeMap::new(),
            });
            view.names.extend(name.cloned());
            // Of two plans that promote the same, the first by name counts; checks refuse other types.
            view.columns.entry(path.replace('.', "_")).or_insert_with(|| Column {
                plan: plan.to_owned(),
                property: path.clone(),
                kind: *of,
                description: description.clone(),
            });
        }
    }

    /// The text as a statement with the views that it names; nothing where it names none.
    fn defined_in(&self, workspace: &Workspace, text: &str) -> Option<Statement> {
        let mut statements = Parser::parse_sql(&GenericDialect {}, text).ok()?;
        let (mut statement, rest) = (statements.pop()?, statements);
        if !rest.is_empty() {
            return None;
        }
        let mut used = BTreeSet::new();
        let _: ControlFlow<()> = visit_relations(&statement, |name| {
            if let [part] = &name.0[..]
                && let Some(ident) = part.as_ident()
            {
                used.insert(ident.value.to_lowercase());
            }
            ControlFlow::Continue(())
        });
        let ctes: Vec<Cte> =
            used.iter().filter_map(|name| self.definition(workspace, name)).collect();
        if ctes.is_empty() {
            return None;
        }
        let mut inner = &mut statement;
        while let Statement::Explain { statement, .. } = inner {
            inner = statement;
        }
        let Statement::Query(query) = inner else { return None };
        match &mut query.with {
            Some(with) => {
                let own: BTreeSet<String> =
                    with.cte_tables.iter().map(|cte| cte.alias.name.value.to_lowercase()).collect();
                let ctes = ctes.into_iter().filter(|cte| !own.contains(&cte.alias.name.value));
                with.cte_tables.splice(0..0, ctes);
            }
            with @ None => {
                let mut fresh = with_of("WITH x AS (SELECT 1) SELECT 1")?;
                fresh.cte_tables = ctes;
                *with = Some(fresh);
            }
        }
        Some(statement)
    }
}

/// What a view is. The text is this function's own; whatever a plan says is put into the tree.
fn definition(workspace: &Workspace, name: &str, view: &View) -> Option<Cte> {
    let told = match view.kind {
        EventKind::Identify | EventKind::Group => "traits",
        _ => "properties",
    };
    let mut values = vec![workspace.to_string(), view.kind.as_str().to_owned()];
    let mut bind = |value: &str| {
        values.push(value.to_owned());
        format!("${}", values.len())
    };
    let columns: Vec<String> = (view.columns.values().enumerate())
        .map(|(index, column)| {
            let path = bind(&column.property);
            format!("{} AS c{index}", read(column.kind, told, &path))
        })
        .collect();
    // A view is there because of a column.
    let columns = columns.join(", ");
    let names: Vec<String> = view.names.iter().map(|name| bind(name)).collect();
    let named = if names.is_empty() {
        String::new()
    } else {
        format!(" AND name IN ({})", names.join(", "))
    };
    let text = format!(
        "SELECT workspace, message_id, name, source, user_id, anonymous_id, person, \
         occurred_at, {columns} FROM events WHERE workspace = $1 AND kind = $2{named}"
    );
    let mut cte = bound(&text, &values)?;
    let SetExpr::Select(select) = cte.query.body.as_mut() else { return None };
    let aliases = select.projection.iter_mut().filter_map(|item| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias),
        _ => None,
    });
    for (alias, column) in aliases.zip(view.columns.keys()) {
        *alias = Ident::with_quote('"', column);
    }
    cte.alias.name = Ident::new(name);
    Some(cte)
}

/// A query of this crate's own text, with its `$n` bound to values.
pub(crate) fn bound(query: &str, values: &[String]) -> Option<Cte> {
    let text = format!("WITH x AS ({query}) SELECT 1");
    let mut cte = with_of(&text)?.cte_tables.pop()?;
    let _: ControlFlow<()> = visit_expressions_mut(&mut cte.query, |expression| {
        let value = match expression {
            Expr::Value(value) => match &value.value {
                Value::Placeholder(place) => place.get(1..).and_then(|n| n.parse::<usize>().ok()),
                _ => None,
            },
            _ => None,
        };
        if let Some(value) = value.and_then(|n| values.get(n.checked_sub(1)?)) {
            *expression = Expr::Value(Value::SingleQuotedString(value.clone()).into());
        }
        ControlFlow::Continue(())
    });
    Some(cte)
}

fn with_of(text: &str) -> Option<sqlparser::ast::With> {
    match Parser::parse_sql(&GenericDialect {}, text).ok()?.pop()? {
        Statement::Query(query) => query.with,
        _ => None,
    }
}

/// How a column is read out of JSON. What has another type is null.
fn read(kind: PropertyType, told: &str, path: &str) -> String {
    let (text, number) =
        (format!("json_text({told}, {path})"), format!("json_number({told}, {path})"));
    match kind {
        PropertyType::Number => number,
        PropertyType::Integer => format!("TRY_CAST({number} AS BIGINT)"),
        PropertyType::Boolean => {
            format!("CASE {text} WHEN 'true' THEN true WHEN 'false' THEN false END")
        }
        PropertyType::Time => format!("TRY_CAST({text} AS TIMESTAMP)"),
        PropertyType::Text | PropertyType::List | PropertyType::Object => text,
    }
}

/// What a type is called in SQL.
fn sql_type(kind: PropertyType) -> &'static str {
    match kind {
        PropertyType::Number => "double",
        PropertyType::Integer => "bigint",
        PropertyType::Boolean => "boolean",
        PropertyType::Time => "timestamp",
        PropertyType::Text | PropertyType::List | PropertyType::Object => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn views() -> Views {
        let plan: TrackingPlan = serde_json::from_value(json!({
            "events": {"Order Completed": {"properties": {
                "total": {"type": "number", "promote": true},
                "it's": {"type": "text", "promote": true},
                "note": {"type": "text"}}}},
            "identify": {"properties": {"plan": {"type": "text", "promote": true}}},
        }))
        .unwrap();
        Views::of(&Plans::new(vec![("shop".to_owned(), plan)]))
    }

    fn defined(text: &str) -> Option<String> {
        views().defined_in(&Workspace::default(), text).map(|statement| statement.to_string())
    }

    #[test]
    fn a_view_is_defined_where_it_is_named_and_nothing_of_a_plan_is_read_as_sql() {
        let defined =
            defined("select sum(total) from events_order_completed where total > $1").unwrap();
        assert!(
            defined.starts_with("WITH events_order_completed AS (SELECT workspace, "),
            "{defined}"
        );
        assert!(defined.contains("json_text(properties, 'it''s') AS \"it's\""), "{defined}");
        assert!(defined.contains("json_number(properties, 'total') AS \"total\""), "{defined}");
        assert!(defined.contains("kind = 'track' AND name IN ('Order Completed')"), "{defined}");
        assert!(!defined.contains("note") && !defined.contains("calls_identify"), "{defined}");
        // What the caller binds stays the caller's.
        assert!(defined.ends_with("WHERE total > $1"), "{defined}");
    }

    #[test]
    fn other_queries_stay_as_they_are() {
        for text in [
            "select 1",
            "select * from events",
            "selec",
            "drop table calls_identify",
            "select 1; select 2",
        ] {
            assert_eq!(defined(text), None, "{text}");
        }
        let joined = defined("with a as (select 1) explain_me select * from a").is_none();
        assert!(joined);
        let both = defined("with a as (select plan from calls_identify) select * from a").unwrap();
        assert!(both.starts_with("WITH calls_identify AS ("), "{both}");
        assert!(both.contains("json_text(traits, 'plan')"), "{both}");
    }
}
