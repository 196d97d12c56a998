//! Functions of the system that depend on the connection, or that the played catalog does not have.

use super::system::Database;
use crate::error::internal;
use crate::session::Session;
use crate::settings::SERVER_VERSION;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, StringArray, new_null_array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Int32Type};
use datafusion::common::utils::SingleRowListArrayBuilder;
use datafusion::common::{Result, exec_err};
use datafusion::execution::FunctionRegistry as _;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
    Volatility,
};
use datafusion::scalar::ScalarValue;
use pgwire::error::PgWireError;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

type Call = Arc<dyn Fn(&[ArrayRef], usize) -> Result<ColumnarValue> + Send + Sync>;

/// A function over whatever it is given.
#[derive(Clone)]
struct Function {
    name: &'static str,
    gives: DataType,
    signature: Signature,
    call: Call,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

// One of a name in a session, so the name tells them apart.
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for Function {}
impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.gives.clone())
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let arrays = args.args.into_iter().map(|one| one.into_array(rows));
        (self.call)(&arrays.collect::<Result<Vec<_>>>()?, rows)
    }
}

fn function(
    name: &'static str,
    gives: DataType,
    call: impl Fn(&[ArrayRef], usize) -> Result<ColumnarValue> + Send + Sync + 'static,
) -> Function {
    let signature = Signature::one_of(
        vec![TypeSignature::Nullary, TypeSignature::VariadicAny],
        Volatility::Stable,
    );
    Function { name, gives, signature, call: Arc::new(call) }
}

/// Always the same value.
fn constant(name: &'static str, value: ScalarValue) -> Function {
    let gives = value.data_type();
    function(name, gives, move |_, _| Ok(ColumnarValue::Scalar(value.clone())))
}

fn text(name: &'static str, value: &str) -> Function {
    constant(name, ScalarValue::Utf8(Some(value.to_owned())))
}

fn texts(array: &ArrayRef) -> Result<StringArray> {
    Ok(cast(array, &DataType::Utf8)?.as_string::<i32>().clone())
}

/// Adds the functions of a connection.
pub(super) fn register(
    state: &mut SessionState,
    session: &Arc<Session>,
    database: &Database,
) -> Result<(), PgWireError> {
    let mut all = fixed();
    let path = session.settings.lock().search_path();
    let schema = path.first().cloned().unwrap_or_else(|| super::MARTS.to_owned());
    all.extend([
        text("current_database", &session.database),
        text("current_catalog", &session.database),
        text("current_schema", &schema),
        text("current_user", &session.account.name),
        text("session_user", &session.account.name),
        text("user", &session.account.name),
        constant("pg_backend_pid", ScalarValue::Int32(Some(session.pid))),
        schemas(path),
        setting(session),
        set_config(session),
    ]);
    let known = Arc::clone(&database.descriptions);
    all.push(function("obj_description", DataType::Utf8, move |args, rows| {
        described(args, rows, &|oid, _| known.get(oid, 0))
    }));
    let known = Arc::clone(&database.descriptions);
    all.push(function("col_description", DataType::Utf8, move |args, rows| {
        described(args, rows, &|oid, column| known.get(oid, column))
    }));
    for function in all {
        let added = state.register_udf(Arc::new(ScalarUDF::from(function)));
        added.map_err(|why| internal("a function", &why))?;
    }
    Ok(())
}

/// Functions that say the same to everybody: mostly that there is no such thing here.
fn fixed() -> Vec<Function> {
    let nothing = ScalarValue::Utf8(None);
    let yes = ScalarValue::Boolean(Some(true));
    let no = ScalarValue::Boolean(Some(false));
    let mut all = vec![
        text("version", &format!("PostgreSQL {SERVER_VERSION} (Gyre)")),
        constant("pg_is_in_recovery", no.clone()),
        constant("pg_is_other_temp_schema", no.clone()),
        constant("pg_table_size", ScalarValue::Int64(Some(0))),
        constant("pg_indexes_size", ScalarValue::Int64(Some(0))),
        constant("pg_database_size", ScalarValue::Int64(Some(0))),
        constant("pg_tablespace_size", ScalarValue::Int64(Some(0))),
        constant("pg_advisory_unlock_all", nothing.clone()),
        constant("txid_current", ScalarValue::Int64(Some(0))),
        constant("pg_my_temp_schema", ScalarValue::Int32(Some(0))),
        constant("to_regtype", ScalarValue::Int32(None)),
        constant("to_regclass", ScalarValue::Int32(None)),
        text("pg_get_userbyid", "gyre"),
        constant("generate_subscripts", ScalarValue::Int32(None)),
        // Asked about generated columns, of which there are none.
        constant("json_build_object", nothing.clone()),
        constant("inet_server_port", ScalarValue::Int32(None)),
    ];
    for name in [
        "pg_type_is_visible",
        "pg_collation_is_visible",
        "pg_function_is_visible",
        "pg_operator_is_visible",
        "has_sequence_privilege",
        "has_function_privilege",
        "pg_has_role",
    ] {
        all.push(constant(name, yes.clone()));
    }
    for name in [
        "pg_get_viewdef",
        "pg_get_indexdef",
        "pg_get_ruledef",
        "pg_get_triggerdef",
        "pg_get_functiondef",
        "pg_get_function_result",
        "pg_get_function_arguments",
        "pg_get_function_identity_arguments",
        "pg_get_serial_sequence",
        "shobj_description",
        "pg_tablespace_location",
        "pg_relation_filepath",
        "inet_server_addr",
        "inet_client_addr",
    ] {
        all.push(constant(name, nothing.clone()));
    }
    all.push(function("pg_size_pretty", DataType::Utf8, |args, rows| {
        let Some(sizes) = args.first() else { return exec_err!("pg_size_pretty takes a size") };
        let sizes = texts(sizes)?;
        let shown: StringArray = (0..rows)
            .map(|row| sizes.is_valid(row).then(|| format!("{} bytes", sizes.value(row))))
            .collect();
        Ok(ColumnarValue::Array(Arc::new(shown)))
    }));
    all
}

fn schemas(path: Vec<String>) -> Function {
    let item = Arc::new(Field::new("item", DataType::Utf8, true));
    function("current_schemas", DataType::List(item), move |args, _| {
        let implicit = args.first().is_some_and(|flags| {
            flags.data_type() == &DataType::Boolean
                && !flags.is_empty()
                && flags.as_boolean().value(0)
        });
        let mut names: Vec<&str> = Vec::new();
        if implicit {
            names.push("pg_catalog");
        }
        names.extend(path.iter().map(String::as_str));
        let list: ListArray =
            SingleRowListArrayBuilder::new(Arc::new(StringArray::from(names))).build_list_array();
        Ok(ColumnarValue::Scalar(ScalarValue::List(Arc::new(list))))
    })
}

fn setting(session: &Arc<Session>) -> Function {
    let settings = Arc::clone(&session.settings);
    function("current_setting", DataType::Utf8, move |args, rows| {
        let Some(names) = args.first() else { return exec_err!("current_setting takes a name") };
        let names = texts(names)?;
        let lenient = args.get(1).is_some_and(|flags| {
            flags.data_type() == &DataType::Boolean
                && !flags.is_empty()
                && flags.as_boolean().value(0)
        });
        let mut values: Vec<Option<String>> = Vec::with_capacity(rows);
        for row in 0..rows {
            let value = settings.lock().get(names.value(row)).map(|(_, value)| value);
            if value.is_none() && !lenient {
                return exec_err!("unrecognized configuration parameter \"{}\"", names.value(row));
            }
            values.push(value);
        }
        Ok(ColumnarValue::Array(Arc::new(StringArray::from(values))))
    })
}

fn set_config(session: &Arc<Session>) -> Function {
    let settings = Arc::clone(&session.settings);
    function("set_config", DataType::Utf8, move |args, rows| {
        let [names, values, ..] = args else {
            return exec_err!("set_config takes name, value, flag");
        };
        let (names, values) = (texts(names)?, texts(values)?);
        for row in 0..rows {
            if let Err(why) = settings.lock().set(names.value(row), values.value(row)) {
                return exec_err!("{why}");
            }
        }
        Ok(ColumnarValue::Array(Arc::new(values)))
    })
}

/// What objects are said to be: by their number, and a column's.
fn described(
    args: &[ArrayRef],
    rows: usize,
    known: &dyn Fn(i32, i32) -> Option<String>,
) -> Result<ColumnarValue> {
    let Some(oids) = args.first() else { return exec_err!("a description is of something") };
    let oids = cast(oids, &DataType::Int32)?;
    let oids = oids.as_primitive::<Int32Type>();
    let columns = match args.get(1).map(|second| cast(second, &DataType::Int32)) {
        Some(Ok(columns)) => columns,
        // The name of a catalog.
        _ => new_null_array(&DataType::Int32, rows),
    };
    let columns = columns.as_primitive::<Int32Type>();
    let said: StringArray = (0..rows)
        .map(|row| {
            let column = if columns.is_null(row) { 0 } else { columns.value(row) };
            if oids.is_null(row) { None } else { known(oids.value(row), column) }
        })
        .collect();
    Ok(ColumnarValue::Array(Arc::new(said)))
}
