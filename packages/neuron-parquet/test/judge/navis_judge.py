"""Reads and writes files of neurons with navis, for tests that compare. Tasks come as JSON on stdin, answers go out as JSON."""

import hashlib
import json
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
import navis

navis.set_pbars(hide=True)
navis.set_loggers("ERROR")


def sha(values):
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def plain(value):
    if value is None:
        return None
    if isinstance(value, (list, np.ndarray)):
        items = [plain(item) for item in list(value)]
        return items[0] if len(items) == 1 else items
    return int(value) if isinstance(value, (int, np.integer)) else str(value)


def describe(neuron):
    out = {
        "id": str(neuron.id),
        "idType": type(neuron.id).__name__,
        "name": neuron.name,
        "units": str(neuron.units) if neuron.units is not None else None,
        "class": type(neuron).__name__,
    }
    if getattr(neuron, "connectors", None) is not None:
        out["connectors"] = len(neuron.connectors)
    if hasattr(neuron, "nodes"):
        nodes = neuron.nodes
        out["soma"] = plain(neuron.soma)
        out["roots"] = int((nodes.parent_id.values < 0).sum())
        out["nodeId"] = sha(nodes.node_id.values.astype("<i8"))
        out["parentId"] = sha(nodes.parent_id.values.astype("<i8"))
        out["xyz"] = sha(nodes[["x", "y", "z"]].values.astype("<f8"))
        if "radius" in nodes:
            radius = nodes.radius.values.astype("<f8")
            out["radius"] = sha(np.where(np.isnan(radius), -1.0, radius))
        out["length"] = float(neuron.cable_length)
    else:
        out["k"] = str(neuron.k)
        out["xyz"] = sha(neuron.points.astype("<f8"))
        out["vect"] = sha(neuron.vect.astype("<f8"))
        if getattr(neuron, "_alpha", None) is not None:
            out["alpha"] = sha(neuron.alpha.astype("<f8"))
    return out


def read(task):
    options = {"subset": task["subset"]} if "subset" in task else {}
    neurons = navis.NeuronList(navis.read_parquet(task["path"], **options))
    out = [describe(neuron) for neuron in neurons]
    for neuron, described in zip(neurons, out):
        for name in task.get("properties", []):
            described[name] = str(getattr(neuron, name, None))
    return out


def write(task):
    neurons = navis.NeuronList(navis.read_parquet(task["path"]))
    options = {"format": task["format"]} if "format" in task else {}
    navis.write_parquet(neurons, task["to"], write_meta=task.get("meta", True), **options)
    return [describe(neuron) for neuron in neurons]


def swc(task):
    neurons = navis.NeuronList(navis.read_swc(task["path"]))
    if "to" in task:
        navis.write_swc(neurons, task["to"])
    return [describe(neuron) for neuron in neurons]


def scan(task):
    table = navis.scan_parquet(task["path"])
    return [{"id": str(row["id"]), "name": row.get("name")} for row in table.to_dict("records")]


def precomputed(task):
    neurons = navis.NeuronList(navis.read_precomputed(task["path"], datatype="skeleton"))
    return [describe(neuron) for neuron in neurons]


def dotprops(task):
    neurons = navis.NeuronList(navis.read_parquet(task["path"]))
    made = navis.NeuronList(navis.make_dotprops(neurons, k=task["k"]))
    return [
        {"id": str(one.id), "vect": one.vect.astype("f8").tolist(), "alpha": one.alpha.astype("f8").tolist()}
        for one in made
    ]


TASKS = {
    "read": read,
    "write": write,
    "scan": scan,
    "swc": swc,
    "precomputed": precomputed,
    "dotprops": dotprops,
}


def run(task):
    try:
        return {"answer": TASKS[task["do"]](task)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


print(json.dumps([run(task) for task in json.load(sys.stdin)]))
