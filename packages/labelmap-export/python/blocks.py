"""DVID's label blocks out of the rows of an export: python blocks.py folder"""

import struct
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds


def packed(rows: pa.RecordBatch) -> pa.Array:
    """The zstd of each block without its table of labels, joined in Arrow; null where it is an object."""
    bins = [rows[name] for name in rows.schema.names if name.startswith("bin")]
    joined = pc.binary_join_element_wise(*bins, b"", null_handling="replace", null_replacement="")
    return pc.if_else(pc.is_null(rows["overflow"]), joined, None)


def block(rest: bytes, labels: list[int], size: int) -> bytes:
    """A label block as DVID has it, of bodies or of supervoxels as `labels` says."""
    rest = pa.decompress(rest, size - 8 * len(labels), "zstd", asbytes=True)
    return rest[:16] + struct.pack(f"<{len(labels)}Q", *labels) + rest[16:]


if __name__ == "__main__":
    import hashlib

    for rows in ds.dataset(f"{sys.argv[1]}/blocks", format="parquet").to_batches():
        for row, rest in zip(rows.select(["scale", "x", "y", "z", "labels", "block_size"]).to_pylist(), packed(rows)):
            if rest.is_valid:
                found = block(rest.as_buffer(), row["labels"], row["block_size"])
                print(row["scale"], row["x"], row["y"], row["z"], hashlib.sha256(found).hexdigest())
