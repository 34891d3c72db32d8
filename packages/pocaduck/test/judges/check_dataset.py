"""Reads a published dataset by docs/format.md alone, compares each file's values with the points, and prints a digest for each label.

For datasets of int32 x, y, z, of one version, whose blocks make up the grid. Prints JSON: the files that pyarrow and DuckDB
read differently, what contradicts the points, and for each label the number of its points and the SHA-256 of them, sorted.
"""
import json
import pathlib
import sys

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from columns import read
from digests import digests

folder = pathlib.Path(sys.argv[1])
tables, disagree = {}, []
for path in sorted(folder.rglob("*.parquet")):
    key = path.relative_to(folder).as_posix()
    tables[key], agree = read(path)
    if not agree:
        disagree.append(key)


def record(path):
    return json.loads(path.read_text())


def numpy(table, name):
    return table[name].to_numpy()


[version] = (folder / "versions").iterdir()
manifest = record(version)
index = manifest["index"]
schema = manifest["schema"]
wrong = []


def check(holds, what):
    if not holds:
        wrong.append(what)


points = {key: table for key, table in tables.items() if key.startswith("points/")}
whole = pa.concat_tables(points.values())
labels, xyz = numpy(whole, "label"), np.stack([numpy(whole, axis) for axis in "xyz"], axis=1)
coded = whole["block"].combine_chunks().dictionary_encode()
ids, code = coded.dictionary.to_pylist(), coded.indices.to_numpy()
places = np.array([[int(part) for part in block.split("_")] for block in ids])
grid = schema["grid"]
check(((xyz - grid["origin"]) // grid["blockShape"] == places[code]).all(), "a point in another's block")

# The blocks table: a row a block number, with the count and the box of its points.
[blocks] = [table for key, table in tables.items() if key.endswith("/blocks.parquet")]
numbers = {block: number for number, block in enumerate(blocks["id"].to_pylist())}
number = np.array([numbers[block] for block in ids])[code]
counted = np.bincount(number, minlength=len(numbers))
check((numpy(blocks, "points") == counted).all(), "points of blocks")
check((numpy(blocks, "live") == 1).all(), "live of blocks")
distinct, rank, each = np.unique(labels, return_inverse=True, return_counts=True)
pairs = np.unique(number * len(distinct) + rank)
pair_blocks, pair_labels = np.divmod(pairs, len(distinct))
check((numpy(blocks, "pairs") == np.bincount(pair_blocks, minlength=len(numbers))).all(), "pairs of blocks")
# Points of one block lie in runs.
runs = np.flatnonzero(np.diff(number, prepend=-1))
for axis, values in zip("xyz", xyz.T):
    for side, of, none in (("min", np.minimum, np.inf), ("max", np.maximum, -np.inf)):
        box = np.full(len(numbers), none)
        of.at(box, number[runs], of.reduceat(values, runs))
        check((numpy(blocks, f"{side}_{axis}")[counted > 0] == box[counted > 0]).all(), f"{side}_{axis} of blocks")

# The counts table: a row a label.
[counts] = [table for key, table in tables.items() if key.endswith("/counts.parquet")]
check((numpy(counts, "label") == distinct).all() and (numpy(counts, "points") == each).all(), "points of labels")
check((numpy(counts, "blocks") == np.bincount(pair_labels)).all(), "blocks of labels")
totals = {"labels": len(distinct), "pairs": len(pairs), "points": len(labels), "blocks": len(numbers)}
check(manifest["totals"] == totals, f"totals {manifest['totals']}, {totals} were found")


def varints(cell):
    values, value, shift = [], 0, 0
    for byte in cell[:-4]:
        value, shift = value | (byte & 127) << shift, shift + 7
        if byte < 128:
            values.append(value)
            value = shift = 0
    return values


def offset_of(group):
    """Of the first page of a row group."""
    chunk = group.column(0)
    return min(at for at in (chunk.dictionary_page_offset, chunk.data_page_offset) if at is not None)


# Where each row group begins: by its offset among the rows of its file.
starts = {}
for key in points:
    metadata, row = pq.ParquetFile(folder / key).metadata, 0
    for at in range(metadata.num_row_groups):
        group = metadata.row_group(at)
        starts[key, offset_of(group)] = row
        row += group.num_rows
first_of = dict(zip(points, np.cumsum([0, *(table.num_rows for table in points.values())])))
marks = np.zeros(len(labels), dtype=np.uint8)


def mark(label, block, row, rows, what):
    """Rows that an index gives to a pair are of this pair; taken together they are all rows, once."""
    span = slice(row, row + rows)
    check((labels[span] == label).all() and (number[span] == block).all() and len(labels[span]) == rows, what)
    marks[span] += 1


# The leaves, for range readers.
for ref in index["labels"]:
    for row in tables[ref["key"]].to_pylist():
        offset, size, rows, codecs = varints(row["group"])
        at = first_of[row["object"]] + starts[row["object"], offset] + row["first_row"]
        mark(row["label"], row["block"], at, row["rows"], f"leaf row {row}")
check((marks == 1).all(), "leaves do not give every point once")

# The extents of each commit, whose row groups count on from file to file.
marks[:] = 0
for path in (folder / "commits").rglob("*.json"):
    commit = record(path)
    groups = [
        first_of[file["key"]] + starts[file["key"], offset]
        for file in commit["points"]
        for offset in file["groups"]["offset"]
    ]
    for file in commit["extents"]:
        for row in tables[file["key"]].to_pylist():
            block = numbers[commit["blocks"][row["block"]]["id"]]
            mark(row["label"], block, groups[row["group"]] + row["first_row"], row["rows"], f"extent {row}")
check((marks == 1).all(), "extents do not give every point once")

# The same for SQL.
connection = duckdb.connect()
connection.execute(f"ATTACH '{folder / index['duckdb']['key']}' AS built (READ_ONLY)")
marks[:] = 0
for label, block, key, offset, first, rows in connection.execute(
    'SELECT label, block, object, "offset", first_row, extents.rows FROM built.extents JOIN built.row_groups USING (row_group)'
).fetchall():
    mark(label, block, first_of[key] + starts[key, offset] + first, rows, f"SQL extent of {label}")
check((marks == 1).all(), "SQL does not give every point once")
check(connection.execute("FROM built.labels ORDER BY label").to_arrow_table().equals(counts.cast(
    connection.execute("FROM built.labels LIMIT 0").to_arrow_table().schema)), "labels in SQL")

print(json.dumps({
    "files": len(tables),
    "disagree": disagree,
    "wrong": wrong[:20],
    "digests": digests(labels, xyz),
}))
