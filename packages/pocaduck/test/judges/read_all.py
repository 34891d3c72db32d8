"""Reads every Parquet file below a folder with pyarrow and with DuckDB, and compares the points with what was written.

The second argument is JSON: the names of the points' columns and a list of values for each, all as text.
Prints JSON: per file, relative to the folder, its rows, columns and types, and whether the two agree; how many points there
are; and the columns of the points, sorted by all columns, that differ from what was written.
"""
import json
import pathlib
import sys

import pyarrow as pa
from columns import bits, read

import numpy as np

folder = pathlib.Path(sys.argv[1])
files = {}
points = []
for path in sorted(folder.rglob("*.parquet")):
    table, agree = read(path)
    files[str(path.relative_to(folder))] = {
        "rows": table.num_rows,
        "agree": agree,
        "columns": table.schema.names,
        "types": [str(field.type) for field in table.schema],
    }
    if path.parent.parent.name == "points":
        points.append(table)
found = pa.concat_tables(points)


def typed(values, kind):
    if pa.types.is_integer(kind):
        return pa.array([int(value) for value in values], kind)
    if pa.types.is_floating(kind):
        return pa.array(np.array([float(value) for value in values]).astype(kind.to_pandas_dtype()))
    return pa.array(values, kind)


written = json.loads(pathlib.Path(sys.argv[2]).read_text())
wanted = pa.table([typed(written[field.name], field.type) for field in found.schema], schema=found.schema)


def rows(table):
    """Row numbers in the order of all columns, by their bits."""
    ranks = [np.unique(bits(table[name]), return_inverse=True)[1] for name in reversed(table.schema.names)]
    return np.lexsort(ranks)


same = found.num_rows == wanted.num_rows and set(written) == set(found.schema.names)
mine, theirs = (rows(found), rows(wanted)) if same else ([], [])
differing = [
    name
    for name in found.schema.names
    if not same or not np.array_equal(bits(found[name])[mine], bits(wanted[name])[theirs])
]
print(json.dumps({"files": files, "points": found.num_rows, "differing": differing}))
