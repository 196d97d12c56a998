//! What may be asked, what is answered, and how a mistake is explained.

use super::*;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, StringViewArray};
use arrow_cast::pretty::pretty_format_batches;
use arrow_schema::{DataType, Field, Schema};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::MemTable;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::{collect, displayable};
use expect_test::{Expect, expect};
use gyre_model::{Decimal, Timestamp};
use gyre_ports::Result;
use gyre_ports::lake::{Parameter, Sql};
use std::sync::Arc;

/// 2026-03-01T00:00:00Z.
const NOW: Timestamp = Timestamp(1_772_323_200_000_000);

fn state() -> SessionState {
    let schema = Arc::new(Schema::new(vec![
        Field::new("name", DataType::Utf8, true),
        Field::new("amount", DataType::Int64, true),
    ]));
    let rows = RecordBatch::try_new(
        Arc::clone(&schema),
        vec![
            Arc::new(StringArray::from(vec!["ada", "bob"])),
            Arc::new(Int64Array::from(vec![1, 2])),
        ],
    )
    .unwrap();
    let table = Arc::new(MemTable::try_new(schema, vec![vec![rows]]).unwrap());
    let state = gyre_state(gyre_config(2), gyre_runtime(&Limits::default()).unwrap());
    let tables: Vec<(&str, Arc<dyn datafusion::catalog::TableProvider>)> = vec![("orders", table)];
    at(with_tables(&state, tables).unwrap(), NOW)
}

async fn ask(sql: Sql, parameters: &[Parameter]) -> Result<String> {
    let state = state();
    let plan = plan(&state, &sql, parameters).await?;
    let physical = state.create_physical_plan(&plan).await.map_err(failure)?;
    let batches = collect(physical, state.task_ctx()).await.map_err(failure)?;
    Ok(pretty_format_batches(&batches).unwrap().to_string())
}

async fn check(sql: &str, parameters: &[Parameter], expect: Expect) {
    let answer = match ask(Sql::Text(sql.to_owned()), parameters).await {
        Ok(table) => table,
        Err(error) => format!("{:?}: {error}", error.kind()),
    };
    expect.assert_eq(&answer);
}

/// What a sort is given of what was sorted before: as it is, and compacted.
async fn sorted_again() -> (Vec<RecordBatch>, Vec<RecordBatch>) {
    let text = |n: usize| format!("a text that is too long to be kept in place, {n:08}");
    let schema = Arc::new(Schema::new(vec![
        Field::new("a", DataType::Utf8View, true),
        Field::new("b", DataType::Utf8View, true),
    ]));
    let batch = |from: usize| {
        let column = |by: usize| {
            (from..from + 8_192).map(|n| Some(text(n * by % 99_991))).collect::<StringViewArray>()
        };
        let columns: Vec<ArrayRef> = vec![Arc::new(column(7)), Arc::new(column(13))];
        RecordBatch::try_new(Arc::clone(&schema), columns).unwrap()
    };
    let batches = (0..16).map(|n| batch(n * 8_192)).collect();
    let table = Arc::new(MemTable::try_new(Arc::clone(&schema), vec![batches]).unwrap());
    let state = gyre_state(gyre_config(2), gyre_runtime(&Limits::default()).unwrap());
    let tables: Vec<(&str, Arc<dyn datafusion::catalog::TableProvider>)> = vec![("texts", table)];
    let state = with_tables(&state, tables).unwrap();
    let sql = "select * from (select *, row_number() over (partition by a order by b) as n from texts) as u
               order by b";
    let plan = plan(&state, &Sql::Text(sql.to_owned()), &[]).await.unwrap();
    let physical = state.create_physical_plan(&plan).await.unwrap();
    let mut compacted = None;
    compact(physical)
        .unwrap()
        .apply(|node| {
            if node.name() == "CompactExec" && compacted.is_none() {
                compacted = Some(Arc::clone(node));
            }
            Ok(TreeNodeRecursion::Continue)
        })
        .unwrap();
    let compacted = compacted.unwrap();
    let given = collect(Arc::clone(compacted.children()[0]), state.task_ctx()).await.unwrap();
    let compacted = reset_plan_states(compacted).unwrap();
    (given, collect(compacted, state.task_ctx()).await.unwrap())
}

#[tokio::test]
async fn what_was_sorted_does_not_keep_all_it_was_sorted_from() {
    let (given, compacted) = sorted_again().await;
    let rows = |all: &[RecordBatch]| all.iter().map(RecordBatch::num_rows).sum::<usize>();
    let most = |all: &[RecordBatch]| all.iter().map(RecordBatch::get_array_memory_size).max();
    assert_eq!((rows(&given), rows(&compacted)), (16 * 8_192, 16 * 8_192));
    // A text takes 56 bytes and 16 for its place, a number eight.
    let need = 8_192 * (2 * 72 + 8);
    assert!(most(&compacted).unwrap() < 4 * need, "{:?}", most(&compacted));
    // The mutant: as it is given.
    assert!(most(&given).unwrap() > 4 * need, "{:?}", most(&given));
    let rows = |all: &[RecordBatch]| {
        let mut rows = pretty_format_batches(all)
            .unwrap()
            .to_string()
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>();
        rows.sort_unstable();
        rows
    };
    assert_eq!(rows(&given), rows(&compacted));
}

#[tokio::test]
async fn parameters_are_bound_by_number() {
    check(
        "select name from orders where name = $1 and amount < $2",
        &[Parameter::Text("ada".into()), Parameter::Number(1.5)],
        expect![[r#"
            +------+
            | name |
            +------+
            | ada  |
            +------+"#]],
    )
    .await;
    check(
        "select $1 as amount, $2 as at, $3 as yes",
        &[Parameter::Decimal(Decimal::whole(3)), Parameter::Time(NOW), Parameter::Boolean(true)],
        expect![[r#"
            +----------+----------------------+------+
            | amount   | at                   | yes  |
            +----------+----------------------+------+
            | 3.000000 | 2026-03-01T00:00:00Z | true |
            +----------+----------------------+------+"#]],
    )
    .await;
}

#[tokio::test]
async fn a_text_in_a_parameter_is_never_sql() {
    check(
        "select count(*) as n from orders where name = $1",
        &[Parameter::Text("ada' or '1' = '1".into())],
        expect![[r#"
            +---+
            | n |
            +---+
            | 0 |
            +---+"#]],
    )
    .await;
}

#[tokio::test]
async fn a_parameter_that_nobody_bound_is_named() {
    check(
        "select $1 + $2",
        &[Parameter::Integer(1)],
        expect!["Invalid: no value found for placeholder with id $2"],
    )
    .await;
    check(
        "select name from orders where amount = $1",
        &[],
        expect!["Invalid: no value found for placeholder with id $1"],
    )
    .await;
}

#[tokio::test]
async fn time_is_given() {
    check(
        "select now() as now, current_date as today",
        &[],
        expect![[r#"
        +----------------------+------------+
        | now                  | today      |
        +----------------------+------------+
        | 2026-03-01T00:00:00Z | 2026-03-01 |
        +----------------------+------------+"#]],
    )
    .await;
}

#[tokio::test]
async fn what_only_reads_is_allowed() {
    for sql in [
        "with a as (select * from orders) select * from a union all select * from a",
        "values (1), (2)",
        "explain select * from orders",
        "explain analyze select * from orders",
        "show tables",
        "show columns from orders",
        "describe orders",
        "select * from generate_series(1, 3)",
        "select * from unnest([1, 2])",
        "select table_name from information_schema.tables",
    ] {
        let answer = ask(Sql::Text(sql.to_owned()), &[]).await;
        assert!(answer.is_ok(), "{sql}: {answer:?}");
    }
}

#[tokio::test]
async fn what_does_more_than_read_is_denied() {
    for sql in [
        "insert into orders values ('eve', 3)",
        "update orders set amount = 0",
        "delete from orders",
        "truncate table orders",
        "merge into orders using orders o on true when matched then delete",
        "create table x as select * from orders",
        "create view v as select 1",
        "create external table x stored as csv location '/etc/passwd'",
        "create function f() returns int return 1",
        "create schema s",
        "drop table orders",
        "alter table orders add column x int",
        "copy orders to '/tmp/stolen.csv'",
        "copy (select * from orders) to '/tmp/stolen.parquet'",
        "set datafusion.execution.target_partitions = 64",
        "reset datafusion.execution.target_partitions",
        "show all",
        "begin",
        "prepare p as select 1",
        "execute p",
        "explain insert into orders values ('eve', 3)",
        "explain copy orders to '/tmp/stolen.csv'",
        "with x as (delete from orders returning *) select * from x",
        "select * into x from orders",
        "select * from (select * into x from orders) y",
        "select * from read_csv('/etc/passwd')",
        "select * from parquet_metadata('/etc/passwd')",
        "select 1 where exists (select * from glob('/**'))",
    ] {
        let error = ask(Sql::Text(sql.to_owned()), &[]).await.expect_err(sql);
        let kind = error.kind();
        assert!(
            kind == gyre_ports::ErrorKind::Denied || error.what().contains("sql parser error"),
            "{sql}: {kind:?} {error}"
        );
    }
}

#[tokio::test]
async fn files_are_not_tables() {
    check(
        "select * from '/etc/passwd'",
        &[],
        expect!["Invalid: table '/etc/passwd' not found; there are: orders"],
    )
    .await;
    check(
        "select * from 'file:///etc/passwd'",
        &[],
        expect!["Invalid: table 'file:///etc/passwd' not found; there are: orders"],
    )
    .await;
}

#[tokio::test]
async fn trees_are_checked_like_texts() {
    let tree = |sql| {
        let dialect = sqlparser::dialect::GenericDialect {};
        let mut trees = sqlparser::parser::Parser::parse_sql(&dialect, sql).unwrap();
        Sql::Tree(Box::new(trees.remove(0)))
    };
    assert!(ask(tree("select * from orders"), &[]).await.is_ok());
    assert!(ask(tree("explain select * from orders"), &[]).await.is_ok());
    let error = ask(tree("delete from orders"), &[]).await.unwrap_err();
    assert_eq!(error.kind(), gyre_ports::ErrorKind::Denied);
}

#[tokio::test]
async fn mistakes_are_explained() {
    check("select nmae from orders", &[], expect!["Invalid: no field named nmae. Did you mean 'orders.name'? Valid fields are orders.name, orders.amount"]).await;
    check(
        "select * from order_lines",
        &[],
        expect!["Invalid: table 'order_lines' not found; there are: orders"],
    )
    .await;
    check(
        "select summ(amount) from orders",
        &[],
        expect![[r#"
        Invalid: invalid function 'summ'.
        Did you mean 'sum'?"#]],
    )
    .await;
    check("selec 1", &[], expect!["Invalid: sql parser error: Expected: an SQL statement, found: selec at Line: 1, Column: 1"]).await;
    check(
        "select 1; select 2",
        &[],
        expect!["Invalid: the context currently only supports a single SQL statement"],
    )
    .await;
    check("drop table orders", &[], expect!["Denied: only queries are allowed (select, with, values, explain, show tables, describe), not DROP TABLE"]).await;
    check("select 1 / 0", &[], expect!["Invalid: arrow error: Divide by zero error"]).await;
    check("", &[], expect!["Invalid: no SQL statements were provided in the query string"]).await;
}

#[tokio::test]
async fn too_little_memory_is_busy() {
    let small = Limits { memory: 1 << 20, spill_bytes: 1 << 20, ..Limits::default() };
    let state = gyre_state(gyre_config(2), gyre_runtime(&small).unwrap());
    let sql = Sql::Text(
        "select a.value, b.value from generate_series(1, 100000) a(value) \
         join generate_series(1, 100000) b(value) on a.value = b.value order by 1"
            .to_owned(),
    );
    let plan = plan(&state, &sql, &[]).await.unwrap();
    let physical = state.create_physical_plan(&plan).await.unwrap();
    let error = failure(collect(physical, state.task_ctx()).await.unwrap_err());
    assert_eq!(error.kind(), gyre_ports::ErrorKind::Busy, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn joins_that_give_nothing_are_stopped() {
    for sql in [
        // A nested loop join, and a hash join of which all rows have the same key.
        "select count(*) from generate_series(1, 1000000) a(x), generate_series(1, 1000000) b(y) \
         where x + y < 0",
        "select count(*) from (select x % 1 as k, x from generate_series(1, 1000000) a(x)) a \
         join (select y % 1 as k, y from generate_series(1, 1000000) b(y)) b \
         on a.k = b.k and x + y < 0",
    ] {
        for state in [state(), spilling(&state())] {
            let plan = plan(&state, &Sql::Text(sql.to_owned()), &[]).await.unwrap();
            let physical = state.create_physical_plan(&plan).await.unwrap();
            let second = std::time::Duration::from_secs(1);
            let budget = Budget::until(std::time::Instant::now() + second);
            let physical = bounded(physical, &budget).unwrap();
            let error = failure(collect(physical, state.task_ctx()).await.unwrap_err());
            assert_eq!(error.kind(), gyre_ports::ErrorKind::Busy, "{error}");
        }
    }
}

/// Everybody's first amount, beside all amounts: the groups are the side that is kept.
#[tokio::test]
async fn the_kept_side_of_a_join_is_the_one_with_groups() {
    let explained = |state: SessionState, sql: &'static str| async move {
        let plan = plan(&state, &Sql::Text(sql.to_owned()), &[]).await.unwrap();
        let physical = state.create_physical_plan(&plan).await.unwrap();
        let rows = collect(Arc::clone(&physical), state.task_ctx()).await.unwrap();
        let rows = pretty_format_batches(&rows).unwrap().to_string();
        (keeps_a_side(&physical), displayable(physical.as_ref()).indent(false).to_string(), rows)
    };
    let sql = "select o.name, o.amount - first.amount as more from orders o \
               join (select name, min(amount) as amount from orders group by name) as first \
               on first.name = o.name order by 1";
    let turned = "select o.name, o.amount - first.amount as more \
                  from (select name, min(amount) as amount from orders group by name) as first \
                  join orders o on first.name = o.name order by 1";
    let kept = |plan: &str| {
        let join = plan.find("HashJoinExec").unwrap();
        let (groups, scan) = (plan[join..].find("AggregateExec"), plan[join..].rfind("DataSource"));
        groups < scan
            && plan[join..].matches("AggregateExec").count() == 2
            && plan[join..].find("DataSource") > groups
    };
    let mut answers = Vec::new();
    for sql in [sql, turned] {
        let (hashes, plan, rows) = explained(state(), sql).await;
        assert!(hashes && kept(&plan), "{plan}");
        answers.push(rows);
        let (hashes, plan, rows) = explained(spilling(&state()), sql).await;
        assert!(!hashes && plan.contains("SortMergeJoin"), "{plan}");
        answers.push(rows);
    }
    assert!(answers.iter().all(|rows| *rows == answers[0]), "{answers:?}");
    assert!(answers[0].contains("| ada  | 0    |"), "{}", answers[0]);
    // Without the rule all amounts are kept.
    let rules = PhysicalOptimizer::new().rules;
    let as_ever =
        SessionStateBuilder::new_from_existing(state()).with_physical_optimizer_rules(rules);
    let (_, plan, _) = explained(as_ever.build(), sql).await;
    assert!(!kept(&plan), "{plan}");
}

/// On one thread: what never pauses could not be given up.
#[tokio::test(flavor = "current_thread")]
async fn joins_that_give_much_leave_room_for_others() {
    let state = state();
    let sql = "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b";
    let plan = plan(&state, &Sql::Text(sql.to_owned()), &[]).await.unwrap();
    let physical = state.create_physical_plan(&plan).await.unwrap();
    let hour = std::time::Duration::from_secs(3_600);
    let budget = Budget::until(std::time::Instant::now() + hour);
    let physical = bounded(physical, &budget).unwrap();
    let asked = collect(physical, state.task_ctx());
    tokio::time::timeout(std::time::Duration::from_millis(200), asked).await.unwrap_err();
}

#[test]
fn plain_has_no_views_at_any_depth() {
    let item = Arc::new(Field::new_list_field(DataType::Utf8View, true));
    let nested = DataType::Struct(vec![Field::new("a", DataType::List(item), true)].into());
    let plain = plain_type(&nested);
    assert!(!format!("{plain:?}").contains("View"), "{plain:?}");
}

#[tokio::test]
async fn a_value_is_taken_out_of_json() {
    let cells = r#"('{"a":1.5,"b":"2","c":{"d":"deep","e":[1,2]},"c.d":"whole","n":null,"t":true,"é":"x\u0041"}'), ('[1]'), ('{"a"'), (''), (null)"#;
    check(
        &format!(
            "select json_number(j, 'a') as a, json_number(j, 'b') as b, json_text(j, 'c.d') as cd, json_text(j, 'c.e') as ce, json_text(j, 'c') as c, json_text(j, 'n') as n, json_text(j, 't') as t, json_text(j, 'é') as e, json_text(j, 'a.x') as ax, json_text(j, 'none') as none from (values {cells}) as of(j)"
        ),
        &[],
        expect![[r#"
            +-----+-----+-------+-------+------------------------+---+------+----+----+------+
            | a   | b   | cd    | ce    | c                      | n | t    | e  | ax | none |
            +-----+-----+-------+-------+------------------------+---+------+----+----+------+
            | 1.5 | 2.0 | whole | [1,2] | {"d":"deep","e":[1,2]} |   | true | xA |    |      |
            |     |     |       |       |                        |   |      |    |    |      |
            |     |     |       |       |                        |   |      |    |    |      |
            |     |     |       |       |                        |   |      |    |    |      |
            |     |     |       |       |                        |   |      |    |    |      |
            +-----+-----+-------+-------+------------------------+---+------+----+----+------+"#]],
    )
    .await;
    // As views, the key in a column, and a key that is null.
    check(
        "select json_text(arrow_cast(j, 'Utf8View'), k) as found from (values ('{\"x\":{\"y\":7}}', 'x.y'), ('{\"x\":8}', 'x'), ('{\"x\":8}', null)) as of(j, k)",
        &[],
        expect![[r#"
            +-------+
            | found |
            +-------+
            | 7     |
            | 8     |
            |       |
            +-------+"#]],
    )
    .await;
}

#[tokio::test]
async fn a_feature_reads_events_strictly() {
    let cells = r#"('{"a":{"b":1.25}}'), ('{"a.b":7}'), ('{"a":{"b":"0.1"}}'), ('{"a":{"b":true}}'), ('{"a":{"b":null}}'), ('{"a":{"b":[1]}}'), ('{"a":{"b":"2026-03-01"}}'), ('{"a":[1]}'), ('{"a":{"b":1e20}}'), ('{"a"'), (null)"#;
    check(
        &format!(
            "select feature_text(j, 'a.b') as text, feature_number(j, 'a.b') as number, feature_amount(j, 'a.b') as amount, feature_boolean(j, 'a.b') as truth, feature_time(j, 'a.b') as time, feature_present(j, 'a.b') as there from (values {cells}) as of(j)"
        ),
        &[],
        expect![[r#"
            +------------+--------+---------+-------+------------------+-------+
            | text       | number | amount  | truth | time             | there |
            +------------+--------+---------+-------+------------------+-------+
            | 1.25       | 1.25   | 1250000 |       |                  | true  |
            |            |        |         |       |                  |       |
            | 0.1        | 0.1    | 100000  |       |                  | true  |
            | true       |        |         | true  |                  | true  |
            |            |        |         |       |                  |       |
            |            |        |         |       |                  | true  |
            | 2026-03-01 |        |         |       | 1772323200000000 | true  |
            |            |        |         |       |                  |       |
            | 1e20       | 1e20   |         |       |                  | true  |
            |            |        |         |       |                  |       |
            |            |        |         |       |                  |       |
            +------------+--------+---------+-------+------------------+-------+"#]],
    )
    .await;
}

/// Digits are read as they are: the last bit of a float decides whether two sides agree.
#[tokio::test]
async fn no_bit_of_a_number_is_lost() {
    check(
        "select feature_number('{\"a\":4.666666666666667}', 'a') = 4.666666666666667 as same, feature_number('{\"a\":0.1000000000000000055511151231257827}', 'a') = 0.1 as long",
        &[],
        expect![[r#"
            +------+------+
            | same | long |
            +------+------+
            | true | true |
            +------+------+"#]],
    )
    .await;
}
