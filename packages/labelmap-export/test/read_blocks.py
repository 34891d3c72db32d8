"""Prints what pyarrow and DuckDB read of a file of blocks: row groups, then rows, labels and a digest of each."""

import hashlib
import json
import sys

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq

path = sys.argv[1]
file = pq.ParquetFile(path)
table = file.read()
rest = pc.binary_join_element_wise(table["bin1"], table["bin2"], b"")
order = duckdb.sql(f"select bin1 || bin2, len(supervoxels), list_sum(labels) from '{path}' order by x").fetchall()
print(
    json.dumps(
        {
            "groups": file.num_row_groups,
            "pyarrow": [
                table.num_rows,
                pc.sum(pc.list_value_length(table["supervoxels"])).as_py(),
                str(sum(sum(row) for row in table["labels"].to_pylist())),
                hashlib.sha256(b"".join(rest.to_pylist())).hexdigest(),
            ],
            "duckdb": [
                len(order),
                sum(row[1] for row in order),
                str(sum(int(row[2]) for row in order)),
                hashlib.sha256(b"".join(row[0] for row in order)).hexdigest(),
            ],
        }
    )
)
