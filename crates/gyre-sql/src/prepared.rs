//! A statement that was read, and what answers to it look like.

use crate::array;
use crate::error::{code, error, of_engine};
use arrow_pg::datatypes::df::deserialize_parameters_with_server_types;
use arrow_pg::datatypes::{arrow_schema_to_pg_fields, into_pg_type};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::ParamValues;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::scalar::ScalarValue;
use futures::stream;
use pgwire::api::Type;
use pgwire::api::portal::{Format, Portal};
use pgwire::api::results::{FieldInfo, QueryResponse, Response};
use pgwire::error::PgWireResult;
use pgwire::messages::data::DataRow;
use sqlparser::ast::Statement;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The columns of an answer.
pub(crate) type Fields = Arc<Vec<FieldInfo>>;

/// A statement that was read. It is planned again whenever it is run, so that it sees what there is then.
#[derive(Debug, Clone)]
pub(crate) struct Prepared(pub(crate) Arc<Parsed>);

/// What is known of a statement before it is run.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) statement: Statement,
    /// Its parameters in order.
    pub(crate) parameters: Vec<Placeholder>,
    /// The columns of its answer; none if it gives none.
    pub(crate) columns: Columns,
}

/// The columns of an answer, as far as they are known.
#[derive(Debug)]
pub(crate) enum Columns {
    /// It gives no rows.
    None,
    /// Those of a plan.
    Planned(SchemaRef),
    /// Those of something that is no query, as text.
    Texts(Vec<String>),
    /// Those of a cursor.
    Fields(Fields),
}

/// A parameter: what DataFusion takes it for, and what the client is to send.
#[derive(Debug, Clone)]
pub(crate) struct Placeholder {
    pub(crate) data_type: Option<DataType>,
    pub(crate) wire: Type,
}

impl Columns {
    /// As the client is told of them.
    pub(crate) fn fields(&self, format: &Format) -> PgWireResult<Vec<FieldInfo>> {
        match self {
            Self::None => Ok(Vec::new()),
            Self::Planned(schema) => {
                check_formats(format, schema.fields().len())?;
                arrow_schema_to_pg_fields(schema, format, None)
            }
            Self::Texts(names) => {
                check_formats(format, names.len())?;
                Ok(text_fields(names, format))
            }
            Self::Fields(fields) => Ok(fields.as_ref().clone()),
        }
    }
}

/// A client may ask for a format per column, and then for every one.
pub(crate) fn check_formats(format: &Format, columns: usize) -> PgWireResult<()> {
    match format {
        Format::Individual(formats) if formats.len() != columns => Err(error(
            code::PROTOCOL,
            format!("{} formats were asked for {columns} columns", formats.len()),
        )),
        _ => Ok(()),
    }
}

/// Columns of text.
pub(crate) fn text_fields(names: &[String], format: &Format) -> Vec<FieldInfo> {
    let field = |(index, name): (usize, &String)| {
        FieldInfo::new(name.clone(), None, None, Type::TEXT, format.format_for(index))
    };
    names.iter().enumerate().map(field).collect()
}

/// The parameters of a plan, in order.
pub(crate) fn placeholders(plan: &LogicalPlan, schema: &str) -> PgWireResult<Vec<Placeholder>> {
    let wrong = |why| of_engine(why, schema);
    let mut known: BTreeMap<usize, Option<DataType>> = BTreeMap::new();
    for (name, data_type) in plan.get_parameter_types().map_err(wrong)? {
        known.insert(number(&name)?, data_type);
    }
    // `$1::int` says of what type it is where nothing else does.
    let mut cast: BTreeMap<String, DataType> = BTreeMap::new();
    let walked = plan.apply(|node| {
        node.apply_expressions(|expression| {
            expression.apply(|one| {
                if let Expr::Cast(outer) = one
                    && let Expr::Placeholder(inner) = outer.expr.as_ref()
                {
                    cast.insert(inner.id.clone(), outer.field.data_type().clone());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    walked.map_err(wrong)?;
    for (name, data_type) in cast {
        known.entry(number(&name)?).or_default().get_or_insert(data_type);
    }
    let last = known.keys().copied().max().unwrap_or_default();
    (1..=last)
        .map(|index| {
            let data_type = known.get(&index).cloned().flatten();
            let wire = match &data_type {
                Some(data_type) => into_pg_type(data_type)?,
                None => Type::UNKNOWN,
            };
            Ok(Placeholder { data_type, wire })
        })
        .collect()
}

fn number(placeholder: &str) -> PgWireResult<usize> {
    let number = placeholder.trim_start_matches('$').parse().ok();
    number
        .filter(|number| (1..=1_000).contains(number))
        .ok_or_else(|| error("42P02", format!("there is no parameter {placeholder}")))
}

/// The values that a client bound. Lists in text are read here: `arrow-pg` leaves their quotes on.
pub(crate) fn bound(portal: &Portal<Prepared>) -> PgWireResult<ParamValues> {
    let parsed = &portal.statement.statement.0;
    let given = portal.parameter_len();
    if given != parsed.parameters.len() {
        let takes = parsed.parameters.len();
        let what = format!("{given} parameters were given, and the statement takes {takes}");
        return Err(error(code::PROTOCOL, what));
    }
    check_formats(&portal.parameter_format, given)?;
    let types: Vec<_> = parsed.parameters.iter().map(|one| one.data_type.as_ref()).collect();
    let wires: Vec<_> = parsed.parameters.iter().map(|one| Some(&one.wire)).collect();
    let values = deserialize_parameters_with_server_types(portal, &types, &wires)?;
    let ParamValues::List(mut values) = values else { return Ok(values) };
    for (index, value) in values.iter_mut().enumerate() {
        let (DataType::List(item), false) =
            (value.value.data_type(), portal.parameter_format.is_binary(index))
        else {
            continue;
        };
        let Some(Some(bytes)) = portal.parameters.get(index) else { continue };
        let elements = std::str::from_utf8(bytes).ok().and_then(array::elements);
        let Some(elements) = elements else {
            return Err(error("22P02", format!("malformed array literal for ${}", index + 1)));
        };
        let texts: Vec<ScalarValue> = elements.into_iter().map(ScalarValue::Utf8).collect();
        let list = ScalarValue::List(ScalarValue::new_list_nullable(&texts, &DataType::Utf8));
        let list = list.cast_to(&DataType::List(item));
        value.value = list.map_err(|why| {
            error("22P02", format!("${} is no such array: {}", index + 1, why.strip_backtrace()))
        })?;
    }
    Ok(ParamValues::List(values))
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) fields: Fields,
    pub(crate) rows: Vec<DataRow>,
}

impl Answer {
    /// As a response to a query.
    pub(crate) fn response(self, tag: &str) -> Response {
        let rows = stream::iter(self.rows.into_iter().map(Ok));
        let mut response = QueryResponse::new(self.fields, rows);
        response.set_command_tag(tag);
        Response::Query(response)
    }
}
