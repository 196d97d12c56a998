"""Drivers for SQL clients, run by tests/it/sql.rs: each asks a server over the wire of PostgreSQL and
says what it saw as JSON. Where to connect stands in PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE."""

import asyncio
import datetime
import json
import os
import sys
import threading

DSN = "postgresql://{PGUSER}:{PGPASSWORD}@{PGHOST}:{PGPORT}/{PGDATABASE}".format(**os.environ)
ENDLESS = "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b"


def psycopg3():
    import psycopg

    seen = {}
    with psycopg.connect() as connection:
        with connection.cursor(binary=True) as cursor:
            cursor.execute("select count(*) from events where name = %s", ["Order Completed"], prepare=True)
            seen["count"] = cursor.fetchone()[0]
            cursor.execute(
                "select occurred_at, name, _offset, event_date from events where _offset >= %s order by _offset limit %s",
                [0, 1],
            )
            at, name, offset, day = cursor.fetchone()
            assert isinstance(at, datetime.datetime) and isinstance(offset, int), (at, offset)
            seen["types"] = [at.tzinfo is not None, name, day == at.date() or isinstance(day, datetime.date)]
            cursor.execute("select %s::bigint + 1, %s::text, null::int", [41, "text"])
            seen["casts"] = list(cursor.fetchone())
        # Prepared under a name, again and again.
        for _ in range(7):
            count = connection.execute("select count(*) from events where _offset >= %s", [0]).fetchone()[0]
        seen["prepared"] = count
        seen["any"] = connection.execute(
            "select count(*) from events where name = any(%s)", [["Order Completed", "nothing"]]
        ).fetchone()[0]
        with connection.cursor(name="pieces") as cursor:
            cursor.itersize = 2
            cursor.execute("select _offset from events order by _offset")
            seen["cursor"] = len(list(cursor))
        try:
            connection.execute("select nothing from events")
        except psycopg.errors.UndefinedColumn:
            seen["wrong column"] = True
        try:
            connection.execute("select 1")
        except psycopg.errors.InFailedSqlTransaction:
            seen["failed transaction"] = True
        connection.rollback()
        seen["after"] = connection.execute("select 1").fetchone()[0]
    return seen


def asyncpg_():
    import asyncpg

    async def ask():
        pool = await asyncpg.create_pool(DSN, min_size=1, max_size=2)
        async with pool.acquire() as connection:
            count = await connection.fetchval("select count(*) from events where name = $1", "Order Completed")
            row = await connection.fetchrow("select occurred_at, _offset, name from events order by _offset limit 1")
            async with connection.transaction():
                pieces = [one["_offset"] async for one in connection.cursor("select _offset from events")]
        async with pool.acquire() as connection:
            again = await connection.fetchval("select $1::int + 1", 1)
        await pool.close()
        return {"count": count, "time": row["occurred_at"].tzinfo is not None, "cursor": len(pieces), "again": again}

    return asyncio.run(ask())


def replay(path):
    """Statements that a client sent, one after the other: each has to be answered."""
    import psycopg

    with open(path, encoding="utf-8") as recorded:
        lines = [line for line in recorded if not line.startswith("-- ") or line.strip() == "-- next"]
    statements = "".join(lines).split("-- next\n")
    failed = []
    rows = []
    # As these clients do: text, and no transaction around it.
    with psycopg.connect(autocommit=True) as connection:
        for number, statement in enumerate(statements):
            # Both protocols.
            for prepare in [False, True]:
                try:
                    cursor = connection.execute(statement.encode(), prepare=prepare)
                    found = len(cursor.fetchall()) if cursor.description else None
                except psycopg.Error as error:
                    failed.append([number, prepare, statement[:120], str(error)])
                    found = None
            rows.append(found)
    return {"statements": len(statements), "failed": failed, "rows": rows}


def codes(path):
    """The code of the error of each statement; null where there was none."""
    import psycopg

    with open(path, encoding="utf-8") as file:
        statements = json.load(file)
    found = []
    with psycopg.connect(autocommit=True) as connection:
        for statement in statements:
            try:
                connection.execute(statement.encode())
                found.append(None)
            except psycopg.Error as error:
                found.append(error.sqlstate)
    return found


def cancel():
    import psycopg

    with psycopg.connect(autocommit=True) as connection:
        done = threading.Event()

        def stop():
            while not done.wait(0.05):
                connection.cancel()

        thread = threading.Thread(target=stop)
        thread.start()
        try:
            connection.execute(ENDLESS)
            code = None
        except psycopg.Error as error:
            code = error.sqlstate
        done.set()
        thread.join()
        # A request to cancel may come late and meet another statement.
        for _ in range(100):
            try:
                return {"code": code, "after": connection.execute("select 1").fetchone()[0]}
            except psycopg.errors.QueryCanceled:
                pass
    return {"code": code}


def timeout():
    import psycopg

    seen = {}
    with psycopg.connect(autocommit=True) as connection:
        connection.execute("set statement_timeout = '100ms'")
        seen["shown"] = connection.execute("show statement_timeout").fetchone()[0]
        for prepare in [False, True]:
            try:
                connection.execute(ENDLESS, prepare=prepare)
            except psycopg.errors.QueryCanceled:
                seen[str(prepare)] = True
        seen["after"] = connection.execute("select 1").fetchone()[0]
    return seen


def revoked():
    """A connection that goes on while its token goes: a line on standard input says when."""
    import psycopg

    connection = psycopg.connect(autocommit=True)
    first = connection.execute("select 1").fetchone()[0]
    print(json.dumps("in"), flush=True)
    sys.stdin.readline()
    try:
        connection.execute("select count(*) from events")
        code = None
    except psycopg.Error as error:
        code = error.sqlstate
    return {"first": first, "code": code, "closed": connection.closed or connection.broken}


def metadata():
    import psycopg

    with psycopg.connect(autocommit=True) as connection:
        return {
            "table": connection.execute(
                "select obj_description('marts.events'::regclass::oid, 'pg_class')"
            ).fetchone()[0],
            "columns": connection.execute(
                "select a.attname, col_description(a.attrelid, a.attnum) from pg_attribute a "
                "join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace "
                "where c.relname = 'events' and n.nspname = 'marts' order by a.attnum"
            ).fetchall(),
            "views": connection.execute(
                "select a.attname, d.description from pg_attribute a join pg_class c on c.oid = a.attrelid "
                "join pg_description d on d.objoid = c.oid and d.objsubid = a.attnum "
                "where c.relname = 'events_order_completed'"
            ).fetchall(),
        }


def sqlalchemy_(driver):
    """What reflection finds, as Superset and notebooks ask for it."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(DSN.replace("postgresql", f"postgresql+{driver}", 1))
    found = sqlalchemy.inspect(engine)
    seen = {
        "schemas": [name for name in found.get_schema_names() if name in ("marts", "metrics")],
        "tables": "events" in found.get_table_names(schema="marts"),
        "views": "events_order_completed" in found.get_view_names(schema="marts"),
        "default": found.default_schema_name,
        "columns": {one["name"]: str(one["type"]) for one in found.get_columns("events", schema="marts")},
        "comment": found.get_table_comment("events", schema="marts")["text"],
        "keys": [
            found.get_pk_constraint("events", schema="marts")["constrained_columns"],
            found.get_foreign_keys("events", schema="marts"),
            found.get_indexes("events", schema="marts"),
            found.get_unique_constraints("events", schema="marts"),
            found.get_check_constraints("events", schema="marts"),
        ],
    }
    table = sqlalchemy.Table("events", sqlalchemy.MetaData(), schema="marts", autoload_with=engine)
    with engine.connect() as connection:
        orders = sqlalchemy.select(sqlalchemy.func.count()).select_from(table)
        seen["count"] = connection.execute(orders.where(table.c.name == "Order Completed")).scalar()
    return seen


def rows(sql, *parameters):
    """What a statement gives, in binary, with its parameters bound."""
    import psycopg

    with psycopg.connect() as connection, connection.cursor(binary=True) as cursor:
        return cursor.execute(sql, parameters, prepare=True).fetchall()


DRIVERS = {
    "rows": rows,
    "sqlalchemy": sqlalchemy_,
    "psycopg": psycopg3,
    "asyncpg": asyncpg_,
    "replay": replay,
    "codes": codes,
    "cancel": cancel,
    "timeout": timeout,
    "revoked": revoked,
    "metadata": metadata,
}

if __name__ == "__main__":
    print(json.dumps(DRIVERS[sys.argv[1]](*sys.argv[2:]), default=str))
