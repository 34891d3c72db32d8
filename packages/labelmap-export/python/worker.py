"""A worker of a labelmap's export in Python: python worker.py grpc+tcp://host:8815 folder [token]"""

import json
import os
import pathlib
import sys

import pyarrow.flight as flight
import pyarrow.parquet as parquet

uri, folder = sys.argv[1], pathlib.Path(sys.argv[2])
client = flight.connect(uri)
token = [(b"authorization", b"Bearer " + arg.encode()) for arg in sys.argv[3:]]
options = flight.FlightCallOptions(headers=token)


def ask(action: str, **request) -> dict:
    body = json.dumps(request).encode()
    results = client.do_action(flight.Action(action, body), options)
    return json.loads(b"".join(result.body.to_pybytes() for result in results))


def write(path: pathlib.Path, reader: flight.FlightStreamReader) -> dict:
    """The file under its name once it is whole; what the service says of its rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part, end = path.with_suffix(f".{os.getpid()}"), {}
    with parquet.ParquetWriter(part, reader.schema, compression="zstd") as file:
        for chunk in reader:
            if chunk.data is not None:
                file.write_batch(chunk.data)
            if chunk.app_metadata is not None:
                end = json.loads(chunk.app_metadata.to_pybytes())
    if parquet.read_metadata(part).num_rows != end["rows"]:
        raise ValueError(f"{path}: the stream broke off")
    part.rename(path)
    return {**end, "bytes": path.stat().st_size, "overflows": 0}


while (work := ask("lease", worker=f"python-{os.getpid()}"))["kind"] != "end":
    if work["kind"] == "task":
        task = work["task"]["id"]
        if not (folder / "export.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "export.json").write_text(json.dumps(work["plan"]))
        rows = write(folder / f"{task}.parquet", client.do_get(flight.Ticket(work["ticket"]), options))
        ask("acknowledge", lease=work["lease"], task=task, receipt={"task": task, **rows})
    elif work["kind"] == "finish":
        (folder / "manifest.json").write_text(json.dumps(work["manifest"]))
        ask("acknowledge", lease=work["lease"], task="finish")
    elif work["kind"] == "discard":
        raise SystemExit("the export was cancelled: its files may be deleted")
