//! Finds what is asked of metrics in a plan, has it answered, and puts the answers in its place. What
//! stands around it (conditions on measures, order, joins of answers) stays with the engine.

use super::condition::{add, age_unit, column, simple};
use super::daily::Daily;
use super::function::NAME;
use super::topic::Table;
use super::{AGE, AT_ONCE, Ages, Asked, Measures, TIME, broken, wrong};
use crate::session::Session;
use datafusion::arrow::array::{
    ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, new_null_array,
};
use datafusion::arrow::compute::{cast, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema};
use datafusion::catalog::MemTable;
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, LogicalPlanBuilder, TableScan, col};
use gyre_ports::Result;
use std::sync::Arc;

const GRAINS: [&str; 6] = ["hour", "day", "week", "month", "quarter", "year"];

/// The plan with the answers of the catalogue in it.
pub(crate) async fn answered(
    plan: LogicalPlan,
    measures: &Arc<dyn Measures>,
    session: &Session,
    state: &SessionState,
) -> Result<LogicalPlan> {
    let mut found = Vec::new();
    let mut failed = None;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Aggregate(aggregate) = node {
            match question(aggregate, session, state) {
                Ok(Some(asked)) => found.push((aggregate.clone(), asked)),
                Ok(None) => {}
                Err(why) => {
                    failed = Some(why);
                    return Ok(TreeNodeRecursion::Stop);
                }
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(broken)?;
    if let Some(why) = failed {
        return Err(why);
    }
    if found.is_empty() {
        return days(plan, state).await;
    }
    let mut answers = Vec::with_capacity(found.len());
    for (aggregate, question) in found {
        let rows = measures.ask(&session.database, question.asked.clone()).await?;
        let rows = of_ages(rows, question.asked.ages.as_ref()).map_err(broken)?;
        let answer = as_plan(&aggregate, &question, &rows).map_err(broken)?;
        answers.push((aggregate, answer));
    }
    let plan = plan.transform_down_with_subqueries(|node| {
        let LogicalPlan::Aggregate(aggregate) = &node else { return Ok(Transformed::no(node)) };
        let answer = answers.iter().find(|(one, _)| one == aggregate);
        Ok(match answer {
            Some((_, answer)) => Transformed::yes(answer.clone()),
            None => Transformed::no(node),
        })
    });
    days(plan.map_err(broken)?.data, state).await
}

/// The plan with the days that it reads in it. Which those are, and what of them, is known when the
/// engine has moved conditions and columns to where tables are read.
async fn days(plan: LogicalPlan, state: &SessionState) -> Result<LogicalPlan> {
    let mut reads = false;
    plan.apply_with_subqueries(|node| {
        reads |= reads_days(node);
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(broken)?;
    if !reads {
        return Ok(plan);
    }
    let plan = state.optimize(&plan).map_err(broken)?;
    let mut scans = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && reads_days(node)
        {
            scans.push(scan.clone());
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(broken)?;
    let mut answers = Vec::with_capacity(scans.len());
    for scan in scans {
        let provider = source_as_provider(&scan.source).map_err(broken)?;
        let Some(daily) = provider.downcast_ref::<Daily>() else { continue };
        let rows = daily.answer(state, &scan).await?;
        let answer = in_place(&scan.projected_schema, &rows).map_err(broken)?;
        answers.push((scan, answer));
    }
    let plan = plan.transform_down_with_subqueries(|node| {
        let LogicalPlan::TableScan(scan) = &node else { return Ok(Transformed::no(node)) };
        let answer = answers.iter().find(|(one, _)| one == scan);
        Ok(match answer {
            Some((_, answer)) => Transformed::yes(answer.clone()),
            None => Transformed::no(node),
        })
    });
    Ok(plan.map_err(broken)?.data)
}

/// Whether days of a topic are read here.
fn reads_days(node: &LogicalPlan) -> bool {
    let LogicalPlan::TableScan(scan) = node else { return false };
    source_as_provider(&scan.source).is_ok_and(|one| one.downcast_ref::<Daily>().is_some())
}

/// Rows in the place of what would have given them: under the same names.
fn in_place(schema: &DFSchema, rows: &RecordBatch) -> datafusion::error::Result<LogicalPlan> {
    let fields = schema.fields().iter().enumerate();
    let fields = fields.map(|(place, field)| field.as_ref().clone().with_name(format!("c{place}")));
    let columns = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let count = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    let batch =
        RecordBatch::try_new_with_options(Arc::clone(&columns), rows.columns().to_vec(), &count)?;
    let table = MemTable::try_new(columns, vec![vec![batch]])?;
    let named = schema.iter().enumerate().map(|(place, (qualifier, field))| {
        col(format!("c{place}")).alias_qualified(qualifier.cloned(), field.name())
    });
    LogicalPlanBuilder::scan("answer", provider_as_source(Arc::new(table)), None)?
        .project(named.collect::<Vec<_>>())?
        .build()
}

/// A question, and the columns of its answer in the order in which the plan has them.
struct Question {
    asked: Asked,
    columns: Vec<String>,
}

fn question(
    aggregate: &Aggregate,
    session: &Session,
    state: &SessionState,
) -> Result<Option<Question>> {
    let Some((scan, conditions)) = source(&aggregate.input) else {
        if aggregate.aggr_expr.iter().any(|one| measure(one).is_some()) {
            return Err(wrong(
                "MEASURE() is asked of one table of schema metrics",
                "join the answers of two of them, each in a SELECT of its own",
            ));
        }
        return Ok(None);
    };
    let Ok(provider) = source_as_provider(&scan.source) else { return Ok(None) };
    if let Some(daily) = provider.downcast_ref::<Daily>() {
        daily.check(&aggregate.aggr_expr)?;
        return Ok(None);
    }
    let Some(table) = provider.downcast_ref::<Table>() else { return Ok(None) };
    let mut asked = Asked { may_see_people: session.account.may_see_people, ..Asked::default() };
    let mut columns = Vec::new();
    for group in &aggregate.group_expr {
        columns.push(grouped(&mut asked, group)?);
    }
    if table.topic.has_ages && asked.ages.is_none() {
        let what = format!("measures of metrics.{} have a value for each age", table.topic.name);
        return Err(wrong(what, "group by age_day, age_week or age_month"));
    }
    for one in &aggregate.aggr_expr {
        let name = measured(one, table)?;
        if !asked.measures.contains(&name) {
            asked.measures.push(name.clone());
        }
        columns.push(name);
    }
    if asked.measures.len() > AT_ONCE {
        let what = format!("at most {AT_ONCE} measures can be asked for at once");
        return Err(wrong(what, "ask for the others in a SELECT of their own, and join them"));
    }
    for condition in conditions {
        let condition = simple(state, aggregate.input.schema(), condition)?;
        add(&mut asked, &condition, TIME)?;
    }
    if asked.grain.is_some() && asked.from.is_none() {
        let hint = "add for example WHERE time >= now() - interval '90 days'";
        return Err(wrong("rows by time need to begin somewhere", hint));
    }
    Ok(Some(Question { asked, columns }))
}

/// The one table that is read, and the conditions on the way.
fn source(plan: &LogicalPlan) -> Option<(&TableScan, Vec<&Expr>)> {
    let mut conditions = Vec::new();
    let mut node = plan;
    loop {
        match node {
            LogicalPlan::TableScan(scan) => return Some((scan, conditions)),
            LogicalPlan::SubqueryAlias(alias) => node = &alias.input,
            LogicalPlan::Filter(filter) => {
                conditions.push(&filter.predicate);
                node = &filter.input;
            }
            // As tools write it: FROM (SELECT * FROM …).
            LogicalPlan::Projection(projection)
                if projection.expr.iter().all(|one| matches!(one, Expr::Column(_))) =>
            {
                node = &projection.input;
            }
            _ => return None,
        }
    }
}

/// What is asked with `MEASURE`, if it is.
fn measure(expression: &Expr) -> Option<&AggregateFunction> {
    match expression {
        Expr::Alias(alias) => measure(&alias.expr),
        Expr::AggregateFunction(function) if function.func.name() == NAME => Some(function),
        _ => None,
    }
}

/// The name of a measure that is asked for.
fn measured(expression: &Expr, table: &Table) -> Result<String> {
    let Some(function) = measure(expression) else {
        let what = format!("`{expression}` cannot be computed from metrics.{}", table.topic.name);
        let hint = "its columns are measures, which the catalogue computes: write MEASURE(name)";
        return Err(wrong(what, hint));
    };
    let parameters = &function.params;
    let is_plain =
        !parameters.distinct && parameters.filter.is_none() && parameters.order_by.is_empty();
    let name = parameters.args.first().and_then(column);
    let known = name.filter(|name| is_plain && table.measure(name).is_some());
    known.map(str::to_owned).ok_or_else(|| {
        let what = format!("`{expression}` is no measure of metrics.{}", table.topic.name);
        wrong(what, "MEASURE takes the name of a measure, as the catalogue has it")
    })
}

/// Adds what is grouped by; its name in the answer.
fn grouped(asked: &mut Asked, group: &Expr) -> Result<String> {
    let plain = match group {
        Expr::Alias(alias) => return grouped(asked, &alias.expr),
        Expr::Cast(cast) => &cast.expr,
        other => other,
    };
    let grain = match plain {
        Expr::ScalarFunction(function) if function.name() == "date_trunc" => {
            match function.args.as_slice() {
                [Expr::Literal(grain, _), at] if column(at) == Some(TIME) => {
                    grain.try_as_str().flatten().map(str::to_ascii_lowercase)
                }
                _ => None,
            }
        }
        Expr::Column(column) if column.name == TIME && !matches!(group, Expr::Column(_)) => {
            Some("day".to_owned())
        }
        Expr::Column(column) if age_unit(&column.name).is_some() => {
            let unit = age_unit(&column.name).unwrap_or_default();
            if asked.ages.as_ref().is_some_and(|known| known.unit != unit) {
                let hint = "group by one of age_day, age_week and age_month";
                return Err(wrong("rows can be of one kind of age", hint));
            }
            asked.ages = Some(Ages { unit: unit.to_owned(), from: 0, to: None });
            return Ok(AGE.to_owned());
        }
        Expr::Column(column) if column.name != TIME => {
            if !asked.dimensions.contains(&column.name) {
                asked.dimensions.push(column.name.clone());
            }
            return Ok(column.name.clone());
        }
        _ => None,
    };
    let grain = grain.filter(|grain| GRAINS.contains(&grain.as_str()));
    let Some(grain) = grain.filter(|one| asked.grain.as_ref().is_none_or(|had| had == one)) else {
        let what = format!("metrics cannot be grouped by `{group}`");
        let hint = "group by dimensions, and by one of date_trunc('hour' | 'day' | 'week' | 'month' | \
             'quarter' | 'year', time)";
        return Err(wrong(what, hint));
    };
    asked.grain = Some(grain);
    Ok(TIME.to_owned())
}

/// The rows of the ages that are wanted.
fn of_ages(rows: RecordBatch, ages: Option<&Ages>) -> datafusion::error::Result<RecordBatch> {
    let (Some(ages), Some(column)) = (ages, rows.column_by_name(AGE)) else { return Ok(rows) };
    let column = cast(column, &DataType::Int64)?;
    let wanted = column.as_primitive::<Int64Type>().iter();
    let wanted: BooleanArray =
        wanted.map(|age| Some(age.is_some_and(|age| age >= i64::from(ages.from)))).collect();
    Ok(filter_record_batch(&rows, &wanted)?)
}

/// An answer in the place of what asked for it: the same columns, under the same names.
fn as_plan(
    aggregate: &Aggregate,
    question: &Question,
    rows: &RecordBatch,
) -> datafusion::error::Result<LogicalPlan> {
    let (mut fields, mut arrays) = (Vec::new(), Vec::<ArrayRef>::new());
    // Without groups there is one row, also where there is nothing.
    let is_empty = rows.num_rows() == 0 && aggregate.group_expr.is_empty();
    for (place, name) in question.columns.iter().enumerate() {
        let kind = aggregate.schema.field(place).data_type();
        let array = match rows.column_by_name(name) {
            Some(array) if !is_empty => cast(array, kind)?,
            _ => new_null_array(kind, if is_empty { 1 } else { rows.num_rows() }),
        };
        fields.push(Field::new(format!("c{place}"), kind.clone(), true));
        arrays.push(array);
    }
    let schema = Arc::new(Schema::new(fields));
    in_place(&aggregate.schema, &RecordBatch::try_new(schema, arrays)?)
}
