"""Reads a cloud as numpy, pyarrow or plain Python do, and prints its rows as JSON: coordinates and, where it has them, supervoxel and kind."""
import csv
import json
import struct
import sys

import numpy as np
import pyarrow.ipc
import pyarrow.parquet as pq

path = sys.argv[1]
if path.endswith(".npy"):
    array = np.load(path)
    print(json.dumps({"shape": array.shape, "dtype": array.dtype.str, "rows": array.tolist()}))
elif path.endswith(".csv"):
    print(json.dumps({"rows": list(csv.reader(open(path, newline="")))}))
elif path.endswith(".ply"):
    data = open(path, "rb").read()
    head, body = data.split(b"end_header\n", 1)
    properties = [line.split()[1:] for line in head.decode().splitlines() if line.startswith("property")]
    layout = "<" + "".join({"double": "d", "int": "i", "uint": "I", "float": "f"}[kind] for kind, _ in properties)
    rows = [list(row) for row in struct.iter_unpack(layout, body)]
    print(json.dumps({"properties": properties, "rows": rows}))
else:
    table = pq.read_table(path) if path.endswith(".parquet") else pyarrow.ipc.open_file(path).read_all()
    table.validate(full=True)
    print(json.dumps({"columns": table.schema.names, "types": [str(t) for t in table.schema.types], "rows": [[str(v) for v in row.values()] for row in table.to_pylist()]}))
