"""Times navis on files of neurons; answers seconds as JSON. Arguments: the file to start from, a folder to work in."""

import json
import statistics
import sys
import time
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
import navis

navis.set_pbars(hide=True)
navis.set_loggers("ERROR")
source, folder = sys.argv[1], Path(sys.argv[2])
times = {}


def timed(name, run, rounds=3):
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        took.append(time.perf_counter() - started)
    times[name] = statistics.median(took)


neurons = navis.read_parquet(source, progress=False)
one = neurons[500].id
own = folder / "navis.parquet"
timed("write", lambda: navis.write_parquet(neurons, own))
times["size"] = own.stat().st_size
timed("read", lambda: navis.read_parquet(own, progress=False))
timed("readOurs", lambda: navis.read_parquet(source, progress=False), 1)
timed("one", lambda: navis.read_parquet(own, subset=[one], progress=False), 9)
timed("scan", lambda: navis.scan_parquet(own), 31)
(folder / "navis-swc").mkdir()
timed("writeSwc", lambda: navis.write_swc(neurons, folder / "navis-swc"), 1)
timed("writeZip", lambda: navis.write_swc(neurons, folder / "navis.zip"), 1)
times["swcSize"] = sum(path.stat().st_size for path in (folder / "navis-swc").iterdir())
times["zipSize"] = (folder / "navis.zip").stat().st_size
timed("readSwc", lambda: navis.read_swc(folder / "navis-swc", parallel=False), 1)
timed("readZip", lambda: navis.read_swc(folder / "navis.zip", parallel=False), 1)
print(json.dumps(times))
