"""Reads every Parquet file below a folder with pyarrow and with DuckDB, and says whether they agree row for row.

Prints JSON: per file, relative to the folder, its rows, columns and types; and how many rows the points files have.
"""
import json
import pathlib
import sys

import duckdb
import pyarrow.parquet as pq

folder = pathlib.Path(sys.argv[1])
files = {}
points = 0
for path in sorted(folder.rglob("*.parquet")):
    table = pq.read_table(path, page_checksum_verification=True)
    table.validate(full=True)
    quoted = str(path).replace("'", "''")
    rows = [tuple(row.values()) for row in table.to_pylist()]
    other = duckdb.sql(f"SELECT * FROM read_parquet('{quoted}')").fetchall()
    def text(row):
        return " ".join("NaN" if value != value else str(value) for value in row)
    mine, theirs = [text(row) for row in rows], [text(row) for row in other]
    files[str(path.relative_to(folder))] = {
        "rows": table.num_rows,
        "agree": mine == theirs,
        "columns": table.schema.names,
        "types": [str(field.type) for field in table.schema],
    }
    if path.parent.parent.name == "points":
        points += len(mine)
print(json.dumps({"files": files, "points": points}))
