"""The pyarrow side of the Flight bench: a server of prepared batches, or a client that times what it reads."""

import json
import sys
import time

import pyarrow as pa
import pyarrow.flight as flight

SCHEMA = pa.schema(
    [pa.field(name, pa.int32(), False) for name in ("scale", "x", "y", "z")]
    + [pa.field(name, pa.list_(pa.uint64())) for name in ("supervoxels", "labels")]
    + [pa.field("size", pa.uint32(), False), pa.field("bin1", pa.binary())]
)


def pool(rows, size, labels):
    def batch(seed):
        numbers = pa.array(range(rows), pa.int32())
        lists = pa.array([[row + label for label in range(labels)] for row in range(rows)], pa.list_(pa.uint64()))
        blobs = pa.array([bytes([(seed + row) & 255]) * size for row in range(rows)], pa.binary())
        sizes = pa.array([size] * rows, pa.uint32())
        return pa.record_batch([numbers] * 4 + [lists, lists, sizes, blobs], schema=SCHEMA)

    return [batch(seed) for seed in range(8)]


class Server(flight.FlightServerBase):
    def __init__(self, uri, **shape):
        super().__init__(uri)
        self.batches = pool(**shape)

    def do_get(self, context, ticket):
        count = int(ticket.ticket)
        batches = [self.batches[index % len(self.batches)] for index in range(count)]
        return flight.RecordBatchStream(pa.RecordBatchReader.from_batches(SCHEMA, batches))

    def do_put(self, context, descriptor, reader, writer):
        for chunk in reader:
            pass


def read(client, messages):
    started = time.perf_counter()
    rows = size = 0
    for chunk in client.do_get(flight.Ticket(str(messages).encode())):
        rows += chunk.data.num_rows
        size += chunk.data.nbytes
    return {"seconds": time.perf_counter() - started, "rows": rows, "bytes": size}


def main():
    options = json.loads(sys.argv[1])
    if "serve" in options:
        with Server("grpc+tcp://127.0.0.1:0", **options["serve"]) as server:
            print(json.dumps(f"grpc+tcp://127.0.0.1:{server.port}"), flush=True)
            sys.stdin.read()
        return
    clients = {}
    for line in sys.stdin:
        uri, messages, given = json.loads(line)
        if uri not in clients:
            tls = {"tls_root_certs": given["ca"].encode()} if "ca" in given else {}
            clients[uri] = flight.FlightClient(uri, **tls)
        print(json.dumps(read(clients[uri], messages)), flush=True)


main()
