//! Readers: lines, rows as they stood, what is malformed, and nothing lost behind it.

use super::{FileRow, csv, fingerprint, jsonl, parquet};
use crate::print::say;
use ::parquet::arrow::ArrowWriter;
use arrow_array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use expect_test::{Expect, expect};
use gyre_config::kinds::CsvOptions;
use serde_json::Value;
use std::io::Read;
use std::sync::Arc;

/// Gives one byte at a time, so that every cut is tried.
struct Slowly<'a>(&'a [u8]);

impl Read for Slowly<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let length = self.0.len().min(into.len()).min(1);
        let (now, later) = self.0.split_at(length);
        into[..length].copy_from_slice(now);
        self.0 = later;
        Ok(length)
    }
}

fn show(rows: &[FileRow]) -> String {
    let mut text = String::new();
    for row in rows {
        let values = match &row.values {
            Ok(values) => Value::Object(values.clone()).to_string(),
            Err(why) => format!("malformed: {why}"),
        };
        say!(text, "{} {:?} {values}\n", row.line, row.raw);
    }
    text
}

fn read_csv(text: &[u8], options: &CsvOptions) -> anyhow::Result<Vec<FileRow>> {
    let whole: Vec<FileRow> = csv::Rows::new(text, options)?.collect::<Result<_, _>>()?;
    let slowly: Vec<FileRow> = csv::Rows::new(Slowly(text), options)?.collect::<Result<_, _>>()?;
    assert_eq!(whole, slowly);
    Ok(whole)
}

fn check(text: &[u8], expected: &Expect) {
    expected.assert_eq(&show(&read_csv(text, &CsvOptions::default()).unwrap()));
}

#[test]
fn csv_rows_with_their_lines() {
    check(
        b"a,b\n1,x\n2,y",
        &expect![[r#"
            1 "1,x" {"a":"1","b":"x"}
            2 "2,y" {"a":"2","b":"y"}
        "#]],
    );
}

#[test]
fn csv_with_mark_returns_quotes_and_empty_lines() {
    check(
        b"\xef\xbb\xbfa,b\r\n1,\"x, \"\"y\"\"\"\r\n\r\n2,\"two\r\nlines\"\r\n3,\r\n",
        &expect![[r#"
            1 "1,\"x, \"\"y\"\"\"" {"a":"1","b":"x, \"y\""}
            3 "2,\"two\r\nlines\"" {"a":"2","b":"two\r\nlines"}
            5 "3," {"a":"3","b":""}
        "#]],
    );
}

#[test]
fn a_malformed_csv_row_costs_no_other() {
    check(
        b"a,b\n1\n2,x,y\n3,\"open\n4,z\n5,\xff\n6,w\n",
        &expect![[r#"
            1 "1" malformed: it has 1 fields, the header 2
            2 "2,x,y" malformed: it has 3 fields, the header 2
            3 "3,\"open" malformed: a quote is not closed
            4 "4,z" {"a":"4","b":"z"}
            5 "5,�" malformed: it is not UTF-8: invalid utf-8 sequence of 1 bytes from index 0
            6 "6,w" {"a":"6","b":"w"}
        "#]],
    );
}

#[test]
fn other_delimiters_and_columns_named_by_the_mapping() {
    let options = CsvOptions {
        delimiter: ";".to_owned(),
        header: false,
        columns: vec!["a".to_owned(), "b".to_owned()],
        ..CsvOptions::default()
    };
    expect![[r#"
        1 "1;2,3" {"a":"1","b":"2,3"}
    "#]]
    .assert_eq(&show(&read_csv(b"1;2,3\n", &options).unwrap()));
}

#[test]
fn a_header_that_cannot_be_used_is_refused() {
    let said = |text: &[u8]| read_csv(text, &CsvOptions::default()).unwrap_err().to_string();
    assert_eq!(said(b"a,a\n1,2\n"), "two columns of the file are called `a`");
    assert_eq!(said(b""), "the file has no header");
}

#[test]
fn json_lines_with_their_lines() {
    let text = b"\xef\xbb\xbf{\"a\": {\"b\": 1}}\r\n\n[1]\n{\"a\": \n{\"a\": null}";
    let whole: Vec<FileRow> = jsonl::Rows::new(&text[..]).collect::<Result<_, _>>().unwrap();
    let slowly: Vec<FileRow> = jsonl::Rows::new(Slowly(text)).collect::<Result<_, _>>().unwrap();
    assert_eq!(whole, slowly);
    expect![[r#"
        1 "{\"a\": {\"b\": 1}}" {"a":{"b":1}}
        3 "[1]" malformed: the line is not a JSON object
        4 "{\"a\":" malformed: the line is not JSON: EOF while parsing a value at column 5
        5 "{\"a\": null}" {"a":null}
    "#]]
    .assert_eq(&show(&whole));
}

#[test]
fn parquet_rows_with_their_nulls() {
    let columns: [(&str, ArrayRef); 3] = [
        ("id", Arc::new(Int64Array::from(vec![1, 2]))),
        ("name", Arc::new(StringArray::from(vec![Some("a\nb"), None]))),
        ("new", Arc::new(BooleanArray::from(vec![true, false]))),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.map(|(name, column)| (name, column, true)),
    )
    .unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut writer = ArrowWriter::try_new(file.reopen().unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let rows = parquet::Rows::new(file.reopen().unwrap()).unwrap();
    let rows: Vec<FileRow> = rows.collect::<Result<_, _>>().unwrap();
    expect![[r#"
        1 "{\"id\":1,\"name\":\"a\\nb\",\"new\":true}" {"id":1,"name":"a\nb","new":true}
        2 "{\"id\":2,\"name\":null,\"new\":false}" {"id":2,"name":null,"new":false}
    "#]]
    .assert_eq(&show(&rows));
}

#[test]
fn a_file_is_known_by_its_content() {
    let write = |text: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        fingerprint(file.path()).unwrap()
    };
    assert_eq!(write("a,b\n1,2\n"), write("a,b\n1,2\n"));
    assert_ne!(write("a,b\n1,2\n"), write("a,b\n1,3\n"));
    assert_eq!(write("").len(), 32);
}
