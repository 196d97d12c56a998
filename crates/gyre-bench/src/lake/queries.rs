//! The fixed list: what boards, funnels and analysts ask of events. The same text for every engine but for
//! what they call differently.

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Gyre,
    DuckDb,
    ChDb,
}

impl Engine {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Gyre => "gyre",
            Self::DuckDb => "duckdb",
            Self::ChDb => "chdb",
        }
    }

    /// How it writes what the others write otherwise. The script puts chDB's table in.
    const fn words(self) -> [(&'static str, &'static str); 5] {
        match self {
            Self::Gyre => [
                ("{events}", "events"),
                ("{revenue}", "json_number(properties, 'revenue')"),
                ("{price}", "json_number(properties, 'price')"),
                ("{weekday}", "date_part('dow', occurred_at)"),
                ("{before}", "lag(occurred_at) over (partition by person order by occurred_at)"),
            ],
            Self::DuckDb => [
                ("{events}", "events"),
                ("{revenue}", "cast(json_extract_string(properties, '$.revenue') as double)"),
                ("{price}", "cast(json_extract_string(properties, '$.price') as double)"),
                ("{weekday}", "date_part('dow', occurred_at)"),
                ("{before}", "lag(occurred_at) over (partition by person order by occurred_at)"),
            ],
            Self::ChDb => [
                ("{events}", "{events}"),
                ("{revenue}", "JSONExtract(properties, 'revenue', 'Nullable(Float64)')"),
                ("{price}", "JSONExtract(properties, 'price', 'Nullable(Float64)')"),
                ("{weekday}", "toDayOfWeek(occurred_at) % 7"),
                (
                    "{before}",
                    "lagInFrame(toNullable(occurred_at), 1, null) over (partition by person order by occurred_at)",
                ),
            ],
        }
    }
}

/// One of them.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) name: &'static str,
    sql: &'static str,
    /// Where an engine has another way to say it.
    others: &'static [(Engine, &'static str)],
}

impl Query {
    pub(super) fn sql(&self, engine: Engine) -> String {
        let other = self.others.iter().find(|(of, _)| *of == engine);
        let mut sql = other.map_or(self.sql, |(_, sql)| sql).to_owned();
        for (word, written) in engine.words() {
            sql = sql.replace(word, written);
        }
        sql
    }
}

const fn query(name: &'static str, sql: &'static str) -> Query {
    Query { name, sql, others: &[] }
}

pub(super) const QUERIES: &[Query] = &[
    query("rows", "select count(*) from {events}"),
    query("by name", "select name, count(*) from {events} group by name"),
    query("people", "select count(distinct person) from {events}"),
    query(
        "by day",
        "select cast(date_trunc('day', occurred_at) as date) as day, count(*) from {events} group by 1",
    ),
    query(
        "people by day",
        "select cast(date_trunc('day', occurred_at) as date) as day, count(distinct person) from {events} group by 1",
    ),
    query(
        "people with most events",
        "select person, count(*) as events from {events} group by person order by 2 desc, 1 limit 10",
    ),
    query(
        "one week",
        "select count(*) from {events} where occurred_at > (select max(occurred_at) from {events}) - interval '7' day",
    ),
    query(
        "revenue by day",
        "select cast(date_trunc('day', occurred_at) as date) as day, sum({revenue}) from {events} where name = 'Order Completed' group by 1",
    ),
    query(
        "orders by weekday and hour",
        "select {weekday} as weekday, extract(hour from occurred_at) as hour, count(*) from {events} where name = 'Order Completed' group by 1, 2",
    ),
    query(
        "buyers by number of orders",
        "select orders, count(*) from (select person, count(*) as orders from {events} where name = 'Order Completed' group by person) as of group by orders",
    ),
    query(
        "second order within 30 days",
        "with orders as (select person, occurred_at, row_number() over (partition by person order by occurred_at, message_id) as place from {events} where name = 'Order Completed') select count(*) from orders as one join orders as two on one.person = two.person where one.place = 1 and two.place = 2 and two.occurred_at <= one.occurred_at + interval '30' day",
    ),
    query(
        "first seen by week",
        "select cast(date_trunc('week', first_at) as date) as week, count(*) from (select person, min(occurred_at) as first_at from {events} group by person) as of group by 1",
    ),
    query(
        "cohort retention by week",
        "with firsts as (select person, min(occurred_at) as first_at from {events} group by person) select cast(date_trunc('week', firsts.first_at) as date) as cohort, cast(date_trunc('week', seen.occurred_at) as date) as week, count(distinct seen.person) from {events} as seen join firsts on seen.person = firsts.person group by 1, 2",
    ),
    Query {
        name: "funnel of five steps",
        sql: "select deepest, count(*) from (select person, window_funnel(interval '7' day, occurred_at, name = 'Product', name = 'Product Viewed', name = 'Product Added', name = 'Shipping Info Viewed', name = 'Order Completed') as deepest from events group by person) as of group by deepest",
        others: &[
            (
                Engine::ChDb,
                "select deepest, count(*) from (select person, windowFunnel(604800000000)(toUInt64(toUnixTimestamp64Micro(occurred_at)), name = 'Product', name = 'Product Viewed', name = 'Product Added', name = 'Shipping Info Viewed', name = 'Order Completed') as deepest from {events} group by person) as of group by deepest",
            ),
            (
                Engine::DuckDb,
                // It has no such function: each step is joined with the latest step before it.
                "with steps as (select person, occurred_at, name from events),
                 s1 as (select person, occurred_at, occurred_at as begun from steps where name = 'Product'),
                 s2 as (select b.person, b.occurred_at, a.begun from steps b asof join s1 a on a.person = b.person and b.occurred_at >= a.occurred_at where b.name = 'Product Viewed' and b.occurred_at <= a.begun + interval '7' day),
                 s3 as (select b.person, b.occurred_at, a.begun from steps b asof join s2 a on a.person = b.person and b.occurred_at >= a.occurred_at where b.name = 'Product Added' and b.occurred_at <= a.begun + interval '7' day),
                 s4 as (select b.person, b.occurred_at, a.begun from steps b asof join s3 a on a.person = b.person and b.occurred_at >= a.occurred_at where b.name = 'Shipping Info Viewed' and b.occurred_at <= a.begun + interval '7' day),
                 s5 as (select b.person, b.occurred_at, a.begun from steps b asof join s4 a on a.person = b.person and b.occurred_at >= a.occurred_at where b.name = 'Order Completed' and b.occurred_at <= a.begun + interval '7' day),
                 reached as (select person, 0 as step from steps union all select person, 1 from s1 union all select person, 2 from s2 union all select person, 3 from s3 union all select person, 4 from s4 union all select person, 5 from s5)
                 select deepest, count(*) from (select person, max(step) as deepest from reached group by person) group by deepest",
            ),
        ],
    },
    query(
        "sessions by day",
        "select cast(date_trunc('day', occurred_at) as date) as day, count(*) from (select occurred_at, {before} as before from {events}) as of where before is null or occurred_at > before + interval '30' minute group by 1",
    ),
    query(
        "last event of each person",
        "select name, count(*) from (select name, row_number() over (partition by person order by occurred_at desc, message_id) as place from {events}) as of where place = 1 group by name",
    ),
    query(
        "one person's events",
        "select message_id, name from {events} where person = (select min(person) from {events}) order by message_id",
    ),
    query("text inside", "select count(*) from {events} where properties like '%sku-47%'"),
    query(
        "prices by name",
        "select name, count({price}), avg({price}), max({price}) from {events} group by name",
    ),
    query(
        "latest events",
        "select message_id from {events} order by occurred_at desc, message_id limit 100",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_and_no_word_is_left_over() {
        assert_eq!(QUERIES.len(), 20);
        for query in QUERIES {
            for engine in [Engine::Gyre, Engine::DuckDb] {
                assert!(!query.sql(engine).contains('{'), "{}", query.name);
            }
            let chdb = query.sql(Engine::ChDb).replace("{events}", "events");
            assert!(!chdb.contains('{'), "{}", query.name);
        }
    }
}
