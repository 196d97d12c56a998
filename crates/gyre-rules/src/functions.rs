//! The functions of a session state, as the language's check asks for them.

use crate::plan::{Build, arrow_type, failure};
use arrow_schema::{DataType, Schema};
use datafusion::common::DFSchema;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{ExprSchemable, Volatility};
use gyre_ports::rules::tree::{Term, Type};
use gyre_ports::rules::{Functions, RuleError};

/// The immutable scalar functions of a state, over the columns of a schema.
pub(crate) struct Library<'a> {
    state: &'a SessionState,
    schema: DFSchema,
}

impl<'a> Library<'a> {
    pub(crate) fn new(state: &'a SessionState, schema: &Schema) -> Result<Self, RuleError> {
        Ok(Self { state, schema: crate::named(schema)? })
    }
}

impl Functions for Library<'_> {
    fn result(&self, name: &str, arguments: &[(Term, Type)]) -> Result<Type, RuleError> {
        let refused = |message: String, hint: &str| RuleError {
            message,
            words: Some(name.to_owned()),
            hint: Some(hint.to_owned()),
        };
        if self.state.aggregate_functions().contains_key(name)
            || self.state.window_functions().contains_key(name)
        {
            return Err(refused(
                format!("{name}() looks at many rows"),
                "a rule sees one row: count or add up in a feature and compare that",
            ));
        }
        let build = Build { state: self.state, schema: &self.schema };
        let arguments =
            arguments.iter().map(|(term, _)| build.term(term)).collect::<Result<Vec<_>, _>>()?;
        let call = build.raw_call(name, arguments)?;
        let volatility = self.state.scalar_functions().get(name).map(|f| f.signature().volatility);
        if volatility != Some(Volatility::Immutable) {
            return Err(refused(
                format!("{name}() may answer differently each time"),
                "write `at` for the time; for chance use an experiment or a holdout",
            ));
        }
        let gives = call
            .get_type(&self.schema)
            .map_err(|failed| RuleError { words: Some(name.to_owned()), ..failure(&failed) })?;
        language_type(&gives).ok_or_else(|| {
            refused(format!("{name}() gives {gives}, which cannot stand in a rule"), "leave it out")
        })
    }
}

/// The type of the language that holds every value of an Arrow type.
fn language_type(of: &DataType) -> Option<Type> {
    Some(match of {
        DataType::Null => Type::Null,
        DataType::Boolean => Type::Bool,
        of if of.is_integer() => Type::Int,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Type::Float,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Type::Text,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Type::Time,
        DataType::Duration(_) => Type::Span,
        _ => return None,
    })
}

/// Whether values of an Arrow type stand as they are for a type of the language.
pub(crate) fn canonical(of: &DataType) -> Option<DataType> {
    language_type(of).map(arrow_type).filter(|wanted| wanted != of)
}
