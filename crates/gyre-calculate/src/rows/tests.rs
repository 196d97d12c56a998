//! Files of rows: what is read from them, and what is said of those that cannot be.

use super::read;
use crate::failure::Failure;
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use expect_test::{Expect, expect};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// Reads `name` and `value` of a file: the texts, and the sum of the numbers.
fn sum(path: &Path, input: &str) -> Result<String, Failure> {
    let columns = ["name", "value"].map(str::to_owned);
    let (mut names, mut sum) = (Vec::new(), 0.0);
    read(path, &columns, &mut input.as_bytes(), &mut |row| {
        names.push(row.text(0).unwrap_or_default().into_owned());
        sum += row.number(1)?;
        Ok(())
    })?;
    Ok(format!("{} {sum}", names.join("|")))
}

fn check(csv: &str, expected: &Expect) {
    let found = match sum(Path::new("-"), csv) {
        Ok(found) => found,
        Err(failure) => format!("{failure} ({})", failure.advice().unwrap_or_default()),
    };
    expected.assert_eq(&found);
}

#[test]
fn rows_are_read_as_csv_has_them() {
    check("value,name\n1,a\n2.5,\"b, c\"\n", &expect!["a|b, c 3.5"]);
    check(
        "\u{feff}name,value\r\n a ,1e2\r\n\r\n\"x\ny\",true\r\n",
        &expect![[r#"
        a|x
        y 101"#]],
    );
    check("name,other,value\n,x,1\n", &expect![" 1"]);
    check("name,value\n", &expect![" 0"]);
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    check(
        "name,value\na,1\nb,1.5x\n",
        &expect![
            "standard input, line 3, column `value`: `1.5x` is no number (write numbers with a point and without separators: 1234.5)"
        ],
    );
    check(
        "name,value\na,1\nb,\n",
        &expect![
            "standard input, line 3, column `value`: there is no value (leave such rows out, or write what the value is)"
        ],
    );
    check(
        "name,value\na,inf\n",
        &expect!["standard input, line 2, column `value`: it is not finite ()"],
    );
    check(
        "name,value\na,1\nb\n",
        &expect![
            "standard input, line 3: 1 fields, the header has 2 (is a quote missing, or a comma too many?)"
        ],
    );
    check(
        "name,price\na,1\n",
        &expect!["standard input has no column `value` (its columns are name, price)"],
    );
    check(
        "name,name\na,1\n",
        &expect!["standard input has two columns `name` (its columns are name, name)"],
    );
    check("", &expect!["standard input is empty (the first line names columns)"]);
}

#[test]
fn parquet_and_gzip_are_read_too() {
    let folder = tempfile::tempdir().unwrap();
    let zipped = folder.path().join("rows.csv.gz");
    let mut writer = GzEncoder::new(File::create(&zipped).unwrap(), Compression::fast());
    writer.write_all(b"name,value\na,1\nb,2\n").unwrap();
    writer.finish().unwrap();
    assert_eq!(sum(&zipped, "").unwrap(), "a|b 3");

    let write = |name: &str, value: ArrayRef| {
        let names: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
        let batch = RecordBatch::try_from_iter([("name", names), ("value", value)]).unwrap();
        let path = folder.path().join(name);
        let mut writer =
            ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        path
    };
    let whole = write("whole.parquet", Arc::new(Int64Array::from(vec![1, 2])));
    assert_eq!(sum(&whole, "").unwrap(), "a| 3");
    let yes = write("yes.parquet", Arc::new(BooleanArray::from(vec![true, false])));
    assert_eq!(sum(&yes, "").unwrap(), "a| 1");
    let text = write("text.parquet", Arc::new(StringArray::from(vec!["1.5", "2"])));
    assert_eq!(sum(&text, "").unwrap(), "a| 3.5");
    let gap = write("gap.parquet", Arc::new(Float64Array::from(vec![Some(1.0), None])));
    let said = sum(&gap, "").unwrap_err().to_string();
    assert!(said.ends_with("gap.parquet, row 2, column `value`: there is no value"), "{said}");
    let broken = folder.path().join("broken.parquet");
    std::fs::write(&broken, "name,value").unwrap();
    assert!(sum(&broken, "").unwrap_err().to_string().contains("cannot be read"));
    assert!(
        sum(&folder.path().join("none.csv"), "").unwrap_err().to_string().contains("cannot be")
    );
}
