"""A worker of a labelmap's export in Python: python worker.py grpc+tcp://host:8815 folder [token]"""

import json
import os
import pathlib
import sys

import pyarrow
import pyarrow.flight as flight
import pyarrow.parquet as parquet

uri, folder, *tokens = sys.argv[1:]
client = flight.connect(uri)
headers = [(b"authorization", b"Bearer " + token.encode()) for token in tokens]
options = flight.FlightCallOptions(headers=headers)


def ask(action: str, **request) -> dict:
    results = client.do_action(flight.Action(action, json.dumps(request).encode()), options)
    return json.loads(b"".join(result.body.to_pybytes() for result in results))


def put(key: str, write) -> int:
    """The size of the file, which has its name once it is whole."""
    path = pathlib.Path(folder, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    try:
        write(part)
        return part.rename(path).stat().st_size
    finally:
        part.unlink(missing_ok=True)


def with_keys(task: str, batch: pyarrow.RecordBatch) -> pyarrow.RecordBatch:
    """What no bins hold goes into files of its own, whose keys are in the rows."""
    keys = [None] * batch.num_rows
    for row, rest in enumerate(batch["overflow"].to_pylist()):
        if rest is not None:
            keys[row] = f"overflow/{task}/{'_'.join(str(batch[axis][row]) for axis in 'xyz')}.zst"
            put(keys[row], lambda part: part.write_bytes(rest))
    return batch.drop_columns("overflow").append_column("overflow", pyarrow.array(keys, pyarrow.string()))


def write(task: str, reader: flight.FlightStreamReader) -> dict:
    """What the service says of the rows, once they are in a file."""
    schema, receipt = reader.schema, {"task": task, "overflows": 0}
    at = schema.get_field_index("overflow")
    if at >= 0:
        schema = schema.set(at, pyarrow.field("overflow", pyarrow.string()))

    def rows(part: pathlib.Path) -> None:
        with parquet.ParquetWriter(part, schema, compression="zstd") as file:
            for batch, metadata in reader:
                if batch is not None and at >= 0:
                    receipt["overflows"] += batch.num_rows - batch["overflow"].null_count
                    batch = with_keys(task, batch)
                if batch is not None:
                    file.write_batch(batch)
                if metadata is not None:
                    receipt.update(json.loads(metadata.to_pybytes()))
        if parquet.read_metadata(part).num_rows != receipt.get("rows"):
            raise ValueError(f"{task}: the stream broke off")

    receipt["bytes"] = put(f"{task}.parquet", rows)
    put(f"receipts/{task}.json", lambda part: part.write_text(json.dumps(receipt)))
    return receipt


def claim(work: dict) -> None:
    """Two exports in a folder would be read as one."""
    held = pathlib.Path(folder, "export.json")
    if not held.exists() and not any(pathlib.Path(folder).glob("*")):
        put("export.json", lambda part: part.write_text(json.dumps(work["plan"])))
    if not held.exists() or json.loads(held.read_text())["id"] != work["plan"]["id"]:
        reason = f"{folder} holds something else than export {work['plan']['id']}: choose an empty folder"
        ask("fail", lease=work["lease"], reason=reason, leaves=True, code="other-export")
        raise SystemExit(reason)


while (work := ask("lease", worker=f"python-{os.getpid()}"))["kind"] != "end":
    if work["kind"] == "task":
        task = work["task"]["id"]
        claim(work)
        receipt = write(task, client.do_get(flight.Ticket(work["ticket"]), options))
        ask("acknowledge", lease=work["lease"], task=task, receipt=receipt)
    elif work["kind"] == "finish":
        put("manifest.json", lambda part: part.write_text(json.dumps(work["manifest"])))
        ask("acknowledge", lease=work["lease"], task="finish")
    elif work["kind"] == "discard":
        raise SystemExit("the export was cancelled: its files may be deleted")
