"""Queries in another engine, over the live Parquet files of a Delta table: one line of JSON.

usage: others.py duckdb|chdb TABLE QUERIES.json RUNS
"""

import atexit
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

from deltalake import DeltaTable


def plain(cell):
    if isinstance(cell, Decimal):
        return float(cell)
    if cell is None or isinstance(cell, (int, float, str, bool)):
        return cell
    return str(cell)


def duckdb_engine(files):
    import duckdb

    connection = duckdb.connect()
    connection.execute("set threads = 2")
    connection.execute("set timezone = 'UTC'")
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    connection.execute(f"create view events as select * from read_parquet([{listed}])")
    return lambda sql: connection.execute(sql).fetchall()


def chdb_engine(files):
    from chdb import session

    connection = session.Session()
    # Its patterns match within one folder, and the files are in many.
    folder = tempfile.mkdtemp(prefix="gyre-bench-", dir=Path(files[0]).parent.parent)
    atexit.register(shutil.rmtree, folder)
    for place, file in enumerate(files):
        os.link(file, f"{folder}/{place}.parquet")
    listed = f"{folder}/*.parquet"

    def run(sql):
        sql = sql.replace("{events}", f"file('{listed}', Parquet)")
        settings = " settings max_threads = 2, join_use_nulls = 1"
        answer = connection.query(sql + settings, "JSONCompact")
        return json.loads(str(answer))["data"]

    return run


def main():
    engine, table, queries, runs = sys.argv[1:]
    files = [unquote(file.removeprefix("file://")) for file in DeltaTable(table).file_uris()]
    run = {"duckdb": duckdb_engine, "chdb": chdb_engine}[engine](files)
    taken = {}
    for name, sql in json.load(open(queries)).items():
        try:
            times = []
            for _ in range(int(runs) + 1):
                began = time.perf_counter()
                rows = run(sql)
                times.append((time.perf_counter() - began) * 1000)
            rows = [[plain(cell) for cell in row] for row in rows]
            taken[name] = {"ms": statistics.median(times[1:]), "rows": rows, "error": None}
        except Exception as why:  # Of one query: the others are still asked.
            taken[name] = {"ms": None, "rows": [], "error": str(why)[:300]}
    print(json.dumps(taken))


main()
