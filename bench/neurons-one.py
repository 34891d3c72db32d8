"""Seconds navis takes for one neuron. Arguments: the file, the id."""

import sys
import time
import warnings

warnings.simplefilter("ignore")
import navis

navis.set_pbars(hide=True)
navis.set_loggers("ERROR")
started = time.perf_counter()
navis.read_parquet(sys.argv[1], subset=[int(sys.argv[2])], progress=False)
print(time.perf_counter() - started)
