"""Writes a Parquet file as Feather beside it, once for each kind of compression."""

import json
import sys

import pyarrow.feather
import pyarrow.parquet

task = json.load(sys.stdin)
table = pyarrow.parquet.read_table(task["path"])
for kind in task["kinds"]:
    pyarrow.feather.write_feather(table, f"{task['path']}.{kind}", compression=kind)
print(json.dumps(task["kinds"]))
