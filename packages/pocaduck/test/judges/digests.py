"""What golden data tells of a label: the number of its points, and the SHA-256 of them as int32, sorted by x, y and z."""
import hashlib

import numpy as np


def digests(labels, xyz):
    distinct, key, counts = np.unique(labels, return_inverse=True, return_counts=True)
    for values in xyz.T:
        least = values.min()
        key = key * int(values.max() - least + 1) + (values - least)
    rows = xyz[np.argsort(key)].astype("<i4")
    parts = np.split(rows, np.cumsum(counts)[:-1])
    return {
        str(label): [len(part), hashlib.sha256(np.ascontiguousarray(part)).hexdigest()]
        for label, part in zip(distinct.tolist(), parts)
    }
