"""Reads the files of an index, named in JSON on standard input, with pyarrow and DuckDB; says what is in them as JSON."""

import json
import sys

import duckdb
import pyarrow.parquet as parquet

files = json.load(sys.stdin)
connection = duckdb.connect()


def read(path):
    """The rows of a Parquet file, on which both readers agree."""
    table = parquet.read_table(path, page_checksum_verification=True)
    rows = [tuple(row.values()) for row in table.to_pylist()]
    assert all(not field.nullable for field in table.schema), path
    assert repr(rows) == repr(connection.execute("FROM read_parquet(?)", [path]).fetchall()), path
    return rows


leaves = [row for path in files["labels"] for row in read(path)]
connection.execute(f"ATTACH '{files['duckdb']}' AS built (READ_ONLY)")
sql = connection.execute(
    "SELECT label, block, object, first_row, extents.rows"
    " FROM built.extents JOIN built.row_groups USING (row_group) ORDER BY extents.rowid"
).fetchall()
counted = read(files["counts"])
assert counted == connection.execute("FROM built.labels").fetchall()
blocks = read(files["blocks"])
numbered = [(number, *row) for number, row in enumerate(blocks)]
assert repr(numbered) == repr(connection.execute("FROM built.blocks ORDER BY block").fetchall())
print(
    json.dumps(
        {
            "leaves": [(str(label), block, key, first, rows) for label, block, key, _, first, rows in leaves],
            "sql": [(str(label), *rest) for label, *rest in sql],
            "counted": [(str(label), *rest) for label, *rest in counted],
            "live": [row[1] for row in blocks],
        }
    )
)
