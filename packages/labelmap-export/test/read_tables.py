"""What pyarrow and DuckDB read of the tables of an export, and what DuckDB answers to queries: JSON of both.

read_tables.py <folder> <query>...
"""

import json
import sys

import duckdb
import pyarrow.dataset as dataset

folder, queries = sys.argv[1], sys.argv[2:]
columns = {
    "blocks": ["scale", "x", "y", "z", "shard", "morton", "supervoxels", "labels", "block_size"],
    "indices": ["body", "x", "y", "z", "supervoxel", "voxels", "last_mutation"],
    "mapping": ["supervoxel", "body"],
}


def text(rows) -> list:
    return sorted(",".join(str(value).replace(" ", "") for value in row) for row in rows)


def by_pyarrow(table: str) -> list:
    rows = dataset.dataset(f"{folder}/{table}", format="parquet").to_table(columns[table])
    return text(zip(*(column.to_pylist() for column in rows.columns)))


def by_duckdb(table: str) -> list:
    files = f"read_parquet('{folder}/{table}/**/*.parquet')"
    return text(duckdb.sql(f"SELECT {', '.join(columns[table])} FROM {files}").fetchall())


print(
    json.dumps(
        {
            "pyarrow": {table: by_pyarrow(table) for table in columns},
            "duckdb": {table: by_duckdb(table) for table in columns},
            "queries": [text(duckdb.sql(query).fetchall()) for query in queries],
        }
    )
)
