"""Reads the lake's tables with other engines and prints what they count.

readers.py FOLDER PERSON              a line per engine and table: count, sum of offsets, days, rows of PERSON
readers.py FOLDER --comments          what columns of the events mean, and how personal they are
readers.py FOLDER PERSON --all-files  rows of PERSON in all Parquet files below FOLDER, live or not
"""

import glob
import os
import sys

import duckdb
from deltalake import DeltaTable
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

ASK = """
select count(*), cast(coalesce(sum(_offset), 0) as bigint), count(distinct event_date),
       cast(coalesce(sum(case when {person} then 1 else 0 end), 0) as bigint)
from {source}
"""


def ask(source, table, person, data=None):
    where = f"person = '{person}'" if table == "events" else "false"
    connection = duckdb.connect()
    if data is not None:
        connection.register("data", data)
    return connection.sql(ASK.format(source=source, person=where)).fetchall()[0]


def ask_sail(spark, folder, table, person):
    where = f"person = '{person}'" if table == "events" else "false"
    path = os.path.join(folder, table)
    spark.read.format("delta").load(path).createOrReplaceTempView("data")
    return tuple(spark.sql(ASK.format(source="data", person=where)).collect()[0])


def tell(engine, table, row):
    print(engine, table, *row)


def main(folder, person):
    # Sail speaks Spark's protocol and has a Delta reader of its own.
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    spark = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
    for table in sorted(os.listdir(folder)):
        delta = DeltaTable(os.path.join(folder, table))
        # The whole table, as deltalake itself reads it.
        tell("deltalake", table, ask("data", table, person, delta.to_pyarrow_table()))
        # DuckDB over pyarrow's data set, which deltalake fills with its file list and statistics.
        tell("duckdb-dataset", table, ask("data", table, person, delta.to_pyarrow_dataset()))
        # DuckDB's own Parquet reader over the same list; the day is in the path.
        files = [uri.removeprefix("file://") for uri in delta.file_uris()]
        if files:
            source = f"read_parquet({files!r}, hive_partitioning = true)"
            tell("duckdb-files", table, ask(source, table, person))
        else:
            tell("duckdb-files", table, (0, 0, 0, 0))
        tell("sail", table, ask_sail(spark, folder, table, person))
    spark.stop()
    server.stop()


def all_files(folder, person):
    files = glob.glob(os.path.join(folder, "events", "**", "*.parquet"), recursive=True)
    files = [file for file in files if "_delta_log" not in file]
    rows = duckdb.sql(f"select count(*) from read_parquet({files!r}) where person = '{person}'")
    print(rows.fetchall()[0][0])


def comments(folder):
    for field in DeltaTable(os.path.join(folder, "events")).schema().fields:
        if field.metadata:
            print(field.name, field.metadata["gyre.personal"], field.metadata["comment"])


if __name__ == "__main__":
    if "--comments" in sys.argv:
        comments(sys.argv[1])
    elif "--all-files" in sys.argv:
        all_files(sys.argv[1], sys.argv[2])
    else:
        main(sys.argv[1], sys.argv[2])
