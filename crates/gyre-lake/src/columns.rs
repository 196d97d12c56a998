//! What the lake asks of columns: a table's declaration, the rows appended to it, and which columns
//! may appear in statistics.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Schema, TimeUnit};
use gyre_model::{Offset, Partition};
use gyre_ports::lake::{SYSTEM_COLUMNS, TableSpec};
use gyre_ports::{Error, ErrorKind, Result};

/// The column that names a person, where there is one.
pub(crate) const PERSON: &str = "person";
/// The partition column of every table.
pub(crate) const DAY: &str = "event_date";

fn invalid(what: String) -> Error {
    Error::new(ErrorKind::Invalid, what)
}

/// Checks that a declaration begins with the system columns, in their types.
pub(crate) fn check_spec(spec: &TableSpec) -> Result<()> {
    let types = [
        DataType::Int32,
        DataType::Int64,
        DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        DataType::Date32,
        DataType::Utf8,
    ];
    let table = spec.name;
    if !table.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    {
        return Err(invalid(format!("table {table}: a name has only a-z, 0-9 and _")));
    }
    for (index, (name, wanted)) in SYSTEM_COLUMNS.iter().zip(types).enumerate() {
        let fits = spec
            .schema
            .fields()
            .get(index)
            .is_some_and(|field| field.name() == name && field.data_type() == &wanted);
        if !fits {
            return Err(invalid(format!("table {table}: column {index} must be {name} {wanted}")));
        }
    }
    let person = spec.schema.field_with_name(PERSON);
    if person.is_ok_and(|field| field.data_type() != &DataType::Utf8) {
        return Err(invalid(format!("table {table}: column {PERSON} must be text")));
    }
    Ok(())
}

/// Checks rows against a table's columns, and gives the partition they are of. `None` for no rows.
pub(crate) fn check_rows(
    table: &str,
    rows: &RecordBatch,
    wanted: &Schema,
) -> Result<Option<Partition>> {
    let have = rows.schema_ref();
    let same = have.fields().len() == wanted.fields().len()
        && have
            .fields()
            .iter()
            .zip(wanted.fields())
            .all(|(a, b)| a.name() == b.name() && a.data_type() == b.data_type());
    if !same {
        return Err(invalid(format!("rows for table {table} do not have its columns")));
    }
    for (column, field) in rows.columns().iter().zip(wanted.fields()) {
        if !field.is_nullable() && column.null_count() > 0 {
            return Err(invalid(format!("table {table}: column {} has nulls", field.name())));
        }
    }
    for column in &rows.columns()[..2] {
        if column.null_count() > 0 {
            return Err(invalid(format!("table {table}: rows without partition or offset")));
        }
    }
    if rows.column(3).null_count() > 0 {
        return Err(invalid(format!("table {table}: rows without {DAY}")));
    }
    let partitions = rows.column(0).as_primitive::<Int32Type>().values();
    let Some(first) = partitions.first() else { return Ok(None) };
    if partitions.iter().any(|partition| partition != first) {
        return Err(invalid(format!("rows for table {table} are of several partitions")));
    }
    let offsets = rows.column(1).as_primitive::<Int64Type>().values();
    if offsets.first().is_some_and(|first| *first < 0) || !offsets.is_sorted() {
        return Err(invalid(format!("rows for table {table} are not in order of offset")));
    }
    // `_partition` is an Int32 because other engines have no unsigned integers.
    Ok(Some(*first as Partition))
}

/// The offsets of checked rows.
pub(crate) fn offsets(rows: &RecordBatch) -> &[i64] {
    rows.column(1).as_primitive::<Int64Type>().values()
}

/// The last offset of checked rows.
pub(crate) fn last_offset(rows: &RecordBatch) -> Option<Offset> {
    offsets(rows).last().map(|offset| *offset as Offset)
}

/// Columns whose least and greatest values may stand in the Delta log: what is not text, unless its
/// field says `personal: true`; and the workspace. Values of people must not outlive them in a log.
pub(crate) fn statistics_columns(schema: &Schema) -> String {
    let shown = |field: &&arrow_schema::FieldRef| {
        let personal = field.metadata().get("personal").is_some_and(|value| value == "true");
        let plain = matches!(
            field.data_type(),
            DataType::Int8
                | DataType::Int16
                | DataType::Int32
                | DataType::Int64
                | DataType::Float32
                | DataType::Float64
                | DataType::Boolean
                | DataType::Decimal128(..)
                | DataType::Date32
                | DataType::Timestamp(..)
        );
        field.name() != DAY && !personal && (plain || field.name() == "workspace")
    };
    let names: Vec<_> =
        schema.fields().iter().filter(shown).map(|field| field.name().as_str()).collect();
    names.join(",")
}

/// Checks that a declaration is what a table has, or that with new nullable columns at the end.
pub(crate) fn check_evolution(spec: &TableSpec, have: &Schema) -> Result<()> {
    let table = spec.name;
    for (index, field) in have.fields().iter().enumerate() {
        let Some(wanted) = spec.schema.fields().get(index) else {
            return Err(invalid(format!(
                "table {table} has a column {} that this version does not know",
                field.name()
            )));
        };
        if wanted.name() != field.name() || wanted.data_type() != field.data_type() {
            return Err(invalid(format!(
                "table {table}: column {index} is {} {} and cannot become {} {}",
                field.name(),
                field.data_type(),
                wanted.name(),
                wanted.data_type()
            )));
        }
        if field.is_nullable() != wanted.is_nullable() {
            return Err(invalid(format!(
                "table {table}: column {} cannot change whether it may be null",
                field.name()
            )));
        }
    }
    for field in spec.schema.fields().iter().skip(have.fields().len()) {
        if !field.is_nullable() {
            return Err(invalid(format!(
                "table {table}: new column {} must be nullable",
                field.name()
            )));
        }
    }
    Ok(())
}
