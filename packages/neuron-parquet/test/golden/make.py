"""Writes the files of this folder with navis 1.12 from generated neurons: python make.py (the judge's environment has navis)."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
import navis

navis.set_pbars(hide=True)
here = Path(__file__).parent
random = np.random.default_rng(11)


def neuron(id, rows, name, soma=None, units="8 nanometer"):
    parent = np.concatenate([[-1], 1 + (random.random(rows - 1) * np.arange(1, rows)).astype(int)])
    nodes = pd.DataFrame(
        {
            "node_id": np.arange(1, rows + 1, dtype=np.int32),
            "parent_id": parent.astype(np.int32),
            "x": np.round(random.random(rows) * 1000).astype(np.float32),
            "y": np.round(random.random(rows) * 1000).astype(np.float32),
            "z": np.round(random.random(rows) * 1000, 2).astype(np.float32),
            "radius": np.round(random.random(rows) * 50).astype(np.float32),
        }
    )
    return navis.TreeNeuron(nodes, id=id, name=name, units=units, soma=soma)


def facts(one):
    out = {"id": str(one.id), "name": one.name, "units": str(one.units)}
    if hasattr(one, "nodes"):
        table = one.nodes
        out["soma"] = None if one.soma is None else int(np.atleast_1d(one.soma)[0])
        for column in ["node_id", "parent_id", "x", "y", "z", "radius"]:
            out[column] = table[column].astype(float).tolist()
    else:
        out["k"] = int(one.k)
        out["points"] = one.points.astype(float).tolist()
        out["vect"] = one.vect.astype(float).tolist()
        out["alpha"] = one.alpha.astype(float).tolist()
    return out


integers = navis.NeuronList([neuron(720575940625431866, 40, "made a", 3), neuron(7, 12, "made b"), neuron(-2, 5, None, 1)])
texts = navis.NeuronList([neuron("left é", 9, "text"), neuron("722", 6, "digits")])
dots = navis.NeuronList([navis.make_dotprops(neuron(5, 30, "points"), k=5)])
expected = {}
for name, neurons in {"integers": integers, "texts": texts, "dotprops": dots}.items():
    navis.write_parquet(neurons, here / f"{name}.parquet")
    expected[f"{name}.parquet"] = [facts(one) for one in navis.NeuronList(navis.read_parquet(here / f"{name}.parquet"))]
(here / "swc").mkdir(exist_ok=True)
navis.write_swc(integers[:2], here / "swc", write_meta=True)
(here / "expected.json").write_text(json.dumps(expected) + "\n")
