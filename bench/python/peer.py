"""Times Python PoCADuck on the sets that input-child.ts writes.

ingest <input> <base> : writes every pair, finalizes, merges the indexes; prints JSON.
lookup <base> <label>... : times warm lookups without its cache of labels; prints JSON.
once <base> <label> : one lookup, for timing a process from outside.
"""
import json
import logging
import pathlib
import resource
import sys
import time

import numpy as np
from pocaduck import Ingestor, Query, StorageConfig

logging.disable(logging.CRITICAL)


def blocks(path):
    with open(path, "rb") as file:
        while head := file.readline():
            head = json.loads(head)
            rows = head["rows"]
            labels = np.frombuffer(file.read(rows * 8), "<u8")
            supervoxels = [np.frombuffer(file.read(rows * 8), "<i8")] if head["supervoxel"] else []
            positions = np.frombuffer(file.read(rows * 12), "<i4").reshape(-1, 3).astype("<i8")
            yield head["id"], labels, np.column_stack([positions, *supervoxels])


def size_below(base, pattern):
    return sum(path.stat().st_size for path in pathlib.Path(base).rglob(pattern))


def ingest(source, base):
    config = StorageConfig(base_path=base)
    ingestor = Ingestor(storage_config=config, worker_id=0)
    seconds = points_written = pairs = 0
    for block, labels, points in blocks(source):
        # Grouping by label is the caller's business there; it is timed, as ours is.
        started = time.perf_counter()
        order = np.argsort(labels, kind="stable")
        sorted_labels = labels[order]
        starts = np.flatnonzero(np.r_[True, sorted_labels[1:] != sorted_labels[:-1]]) if len(labels) else []
        for part in np.split(order, starts[1:]) if len(labels) else []:
            ingestor.write(label=int(labels[part[0]]), block_id=block, points=points[part])
            points_written += len(part)
            pairs += 1
        seconds += time.perf_counter() - started
    started = time.perf_counter()
    ingestor.finalize()
    seconds += time.perf_counter() - started
    started = time.perf_counter()
    Ingestor.consolidate_indexes(config)
    merged = time.perf_counter() - started
    return {
        "points": points_written,
        "pairs": pairs,
        "seconds": seconds,
        "publishSeconds": merged,
        "memoryMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "size": {
            "points": size_below(base, "*.parquet"),
            "index": (pathlib.Path(base) / "unified_index.db").stat().st_size,
        },
    }


def lookup(base, labels):
    query = Query(StorageConfig(base_path=base))
    times = []
    for round in range(3):
        for label in labels:
            started = time.perf_counter()
            query.get_points(int(label), use_cache=False)
            if round > 0:
                times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return {"p50Ms": times[len(times) // 2], "p95Ms": times[int(len(times) * 0.95)]}


action, base = sys.argv[1], sys.argv[2]
if action == "ingest":
    print(json.dumps(ingest(sys.argv[2], sys.argv[3])))
elif action == "lookup":
    print(json.dumps(lookup(base, sys.argv[3:])))
else:
    Query(StorageConfig(base_path=base)).get_points(int(sys.argv[3]))
