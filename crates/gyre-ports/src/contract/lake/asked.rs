//! What may be asked, and within which bounds it is answered.

use super::{PEOPLE, append, ask, commit, count, events, holds, numbers, person, query, tables};
use crate::error::ErrorKind;
use crate::lake::{Lake, Parameter, Query, Sql};
use arrow_array::Int64Array;
use std::sync::Arc;
use std::time::Duration;

pub(super) async fn queries_keep_to_their_bounds(lake: Arc<dyn Lake>) {
    let lake = lake.as_ref();
    append(lake, vec![events(0, 0..150)]).await;
    commit(lake).await;
    append(lake, vec![events(0, 150..200)]).await;
    for (max_rows, given, truncated) in
        [(199, 199, true), (200, 200, false), (201, 200, false), (0, 0, true)]
    {
        let rows = lake.query(Query { max_rows, ..query("select * from events") }).await;
        let rows = rows.expect("query");
        assert_eq!((count(&rows), rows.truncated), (given, truncated), "at most {max_rows} rows");
    }
    let ordered = Query { max_rows: 3, ..query("select _offset from events order by 1 desc") };
    let rows = lake.query(ordered).await.expect("query");
    let offsets = rows.batches[0].column(0).as_any().downcast_ref::<Int64Array>();
    assert_eq!(offsets.expect("offsets").values(), &[199, 198, 197], "the first rows, in order");

    let rows = ask(lake, "select * from events").await;
    assert_eq!(rows.schema, rows.batches[0].schema(), "the schema is that of the rows");
    let types = rows.schema.fields().iter().map(|field| field.data_type().clone());
    let wanted: Vec<_> =
        tables()[0].schema.fields().iter().map(|field| field.data_type().clone()).collect();
    assert_eq!(types.collect::<Vec<_>>(), wanted, "types as declared, text plain");

    let bound = Query {
        parameters: vec![
            Parameter::Text(person(3).to_string()),
            Parameter::Integer(100),
            Parameter::Boolean(true),
        ],
        ..query("select count(*) from events where person = $1 and amount < $2 and $3")
    };
    let rows = lake.query(bound).await.expect("query");
    let wanted = (0..100u64).filter(|n| n % PEOPLE == 3 && n % 5 != 0).count() as i64;
    let have = rows.batches[0].column(0).as_any().downcast_ref::<Int64Array>();
    assert_eq!(have.expect("count").value(0), wanted, "parameters are bound");

    let dialect = sqlparser::dialect::GenericDialect {};
    let text = "select count(*) from events where amount is null";
    let mut trees = sqlparser::parser::Parser::parse_sql(&dialect, text).expect("sql");
    let tree = Query { sql: Sql::Tree(Box::new(trees.remove(0))), ..query("") };
    let rows = lake.query(tree).await.expect("query");
    let have = rows.batches[0].column(0).as_any().downcast_ref::<Int64Array>();
    assert_eq!(have.expect("count").value(0), 40, "trees are answered");

    let names = "select count(*) from information_schema.tables \
                 where table_name in ('events', 'visits') and table_schema <> 'information_schema'";
    assert_eq!(numbers(lake, names).await, [2], "tables are listed");
    assert!(count(&ask(lake, "show tables").await) >= 2);
    assert_eq!(count(&ask(lake, "describe visits").await), 6);

    // More work than any machine does in the time given.
    let endless = Query {
        timeout: Duration::from_millis(50),
        ..query(
            "select count(*) from events a, events b, events c, events d, events e \
                 where a._offset + b._offset + c._offset + d._offset + e._offset < 0",
        )
    };
    let error = lake.query(endless).await.expect_err("a query is given up after its time");
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
}

pub(super) async fn mistakes_are_explained(lake: Arc<dyn Lake>) {
    let cases = [
        ("select nmae from events", "name"),
        ("select * from event", "events"),
        ("select amount + person from events where amount > 'x' and", "sql"),
        ("select countt(*) from events", "countt"),
        ("select $1", "$1"),
        ("select 1; select 2", ""),
    ];
    for (sql, hint) in cases {
        let error = lake.query(query(sql)).await.expect_err(sql);
        assert_eq!(error.kind(), ErrorKind::Invalid, "{sql}: {error}");
        assert!(error.to_string().contains(hint), "{sql}: no hint of {hint} in: {error}");
    }
}

pub(super) async fn queries_only_read(lake: Arc<dyn Lake>) {
    let lake = lake.as_ref();
    append(lake, vec![events(0, 0..20)]).await;
    commit(lake).await;
    append(lake, vec![events(0, 20..30)]).await;
    for sql in [
        "insert into events select * from events",
        "delete from events",
        "update events set amount = 0",
        "truncate table events",
        "drop table events",
        "create table more as select * from events",
        "create external table passwords stored as csv location '/etc/passwd'",
        "create view more as select 1",
        "alter table events drop column amount",
        "copy events to 'stolen.csv'",
        "copy (select 1) to 'stolen.parquet'",
        "set datafusion.execution.batch_size = 1",
        "explain analyze delete from events",
        "with gone as (delete from events returning *) select * from gone",
        "select * into more from events",
        "select * from '/etc/passwd'",
        "select * from read_csv('/etc/passwd')",
    ] {
        let error = lake.query(query(sql)).await.expect_err(sql);
        assert!(
            matches!(error.kind(), ErrorKind::Denied | ErrorKind::Invalid),
            "{sql}: {:?} {error}",
            error.kind()
        );
    }
    holds(lake, "events", 0, 30).await;
}
