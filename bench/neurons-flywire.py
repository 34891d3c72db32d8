"""Writes a file of the FlyWire shape: 8,000 skeletons, 61.6 million rows, one row group, no page index, as pandas and pyarrow write it."""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

NEURONS = 8_000
NODES = 7_700
path, shuffled = sys.argv[1], sys.argv[2:] == ["shuffled"]
random = np.random.default_rng(7)
ids = np.sort(random.choice(2**40, NEURONS, replace=False)) + 720575940000000000
if shuffled:
    random.shuffle(ids)
rows = NEURONS * NODES
node = np.tile(np.arange(1, NODES + 1, dtype=np.int32), NEURONS)
# Mostly a chain, with a branch every 20 nodes or so.
parent = node - 1
branch = random.random(rows) < 0.05
parent[branch] = (random.random(int(branch.sum())) * parent[branch]).astype(np.int32)
parent[node == 1] = -1
parent[(node > 1) & (parent < 1)] = 1


def walk(scale):
    steps = random.normal(0, scale, rows).astype(np.float32)
    steps = steps.reshape(NEURONS, NODES)
    steps[:, 0] += random.random(NEURONS) * 400_000
    return np.round(np.cumsum(steps, axis=1)).astype(np.float32).ravel()


columns = {
    "node_id": node,
    "parent_id": parent,
    "x": walk(80),
    "y": walk(80),
    "z": walk(80),
    "radius": random.integers(20, 400, rows).astype(np.float32),
    "neuron": np.repeat(ids, NODES),
}
table = pa.table(columns)
metadata = {}
for one in ids:
    metadata[f"{one}:id"] = str(one)
    metadata[f"{one}:units"] = "1 nanometer"
    metadata[f"{one}:soma"] = "1"
table = table.replace_schema_metadata(metadata)
pq.write_table(table, path, row_group_size=64 * 1024 * 1024)
