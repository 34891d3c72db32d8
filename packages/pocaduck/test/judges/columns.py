"""Columns of tables as numpy arrays that compare by their bits, so that NaN equals NaN and -0 differs from 0."""
import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

connection = duckdb.connect()


def bits(column):
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_string(array.type) or pa.types.is_binary(array.type):
        return np.array(array.to_pylist(), dtype=object)
    values = array.to_numpy(zero_copy_only=False)
    return values.view(f"u{values.itemsize}") if values.dtype.kind == "f" else values


def same(mine, theirs):
    return np.array_equal(bits(mine), bits(theirs)) if pa.types.is_floating(mine.type) else mine.equals(theirs)


def read(path):
    """The table of a file, and whether DuckDB reads the same types and the same bits as pyarrow."""
    table = pq.read_table(path, page_checksum_verification=True)
    table.validate(full=True)
    other = connection.execute("FROM read_parquet(?)", [str(path)]).to_arrow_table()
    agree = table.num_rows == other.num_rows and table.schema.names == other.schema.names
    for name in table.schema.names if agree else ():
        mine, theirs = table[name], other[name]
        agree = agree and mine.type == theirs.type and same(mine, theirs)
    return table, bool(agree)
