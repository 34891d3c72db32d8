"""A pyarrow Flight client or server for the tests: commands come as JSON lines, answers go back the same way."""

import hashlib
import json
import sys
import time

import pyarrow as pa
import pyarrow.flight as flight

SCHEMA = pa.schema(
    [
        pa.field("x", pa.int32(), nullable=False),
        pa.field("labels", pa.list_(pa.uint64())),
        pa.field("block", pa.binary()),
    ]
)
EXTREMES = [0, 2**53 + 1, 2**63, 2**64 - 1]


def block_rows(start, rows, size):
    numbers = range(start, start + rows)
    return pa.record_batch(
        [
            pa.array(numbers, pa.int32()),
            pa.array([None if n % 5 == 4 else EXTREMES[n % 3 :] for n in numbers], pa.list_(pa.uint64())),
            pa.array([bytes([n & 255]) * size for n in numbers], pa.binary()),
        ],
        schema=SCHEMA,
    )


def digest(value):
    return f"{len(value)}:{hashlib.sha256(value).hexdigest()[:16]}"


def plain(value):
    if isinstance(value, (bytes, bytearray)):
        return digest(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def describe(data):
    data.validate(full=True)
    return {"rows": data.num_rows, "columns": plain(data.to_pydict())}


def descriptor_of(given):
    if "path" in given:
        return flight.FlightDescriptor.for_path(*given["path"])
    return flight.FlightDescriptor.for_command(given["command"].encode())


def tell_descriptor(descriptor):
    if descriptor.descriptor_type == flight.DescriptorType.PATH:
        return {"path": [part.decode() for part in descriptor.path]}
    return {"command": descriptor.command.decode()}


def tell_info(info):
    return {
        "descriptor": tell_descriptor(info.descriptor),
        "schema": str(info.schema),
        "records": info.total_records,
        "bytes": info.total_bytes,
        "ordered": info.ordered,
        "metadata": info.app_metadata.decode(),
        "endpoints": [
            {
                "ticket": endpoint.ticket.ticket.decode(),
                "locations": [location.uri.decode() for location in endpoint.locations],
            }
            for endpoint in info.endpoints
        ],
    }


class Echo(flight.ClientAuthHandler):
    """Sends a word, keeps what comes back as its token."""

    def __init__(self, word):
        super().__init__()
        self.word = word.encode()
        self.token = b""

    def authenticate(self, outgoing, incoming):
        outgoing.write(self.word)
        self.token = incoming.read()

    def get_token(self):
        return self.token


class Client:
    def __init__(self, uri, token=None, ca=None, window=None):
        tls = {} if ca is None else {"tls_root_certs": open(ca, "rb").read()}
        self.client = flight.FlightClient(uri, **tls)
        headers = [] if token is None else [(b"authorization", b"Bearer " + token.encode())]
        self.options = flight.FlightCallOptions(headers=headers, timeout=20)

    def get(self, ticket):
        return describe(self.client.do_get(flight.Ticket(ticket.encode()), self.options).read_all())

    def chunks(self, ticket, limit=None):
        reader = self.client.do_get(flight.Ticket(ticket.encode()), self.options)
        seen = []
        for chunk in reader:
            metadata = chunk.app_metadata
            seen.append([chunk.data.num_rows, metadata and metadata.to_pybytes().decode()])
            if limit is not None and len(seen) == limit:
                reader.cancel()
                break
        return seen

    def put(self, descriptor, batches, size):
        writer, reader = self.client.do_put(descriptor_of(descriptor), SCHEMA, self.options)
        answers = []
        with writer:
            for index, rows in enumerate(batches):
                writer.write_with_metadata(block_rows(index, rows, size), f"m{index}".encode())
                answers.append(reader.read().to_pybytes().decode())
            writer.done_writing()
        return answers

    def put_dictionary(self):
        words = pa.array(["a", "b", "a", None]).dictionary_encode()
        batch = pa.record_batch([words, pa.array([True, False, None, True])], names=["word", "flag"])
        writer, reader = self.client.do_put(descriptor_of({"path": ["words"]}), batch.schema, self.options)
        with writer:
            writer.write_batch(batch)
            writer.done_writing()
            return reader.read().to_pybytes().decode()

    def put_compressed(self):
        options = flight.FlightCallOptions(
            headers=[], timeout=20, write_options=pa.ipc.IpcWriteOptions(compression="zstd")
        )
        writer, reader = self.client.do_put(descriptor_of({"path": ["z"]}), SCHEMA, options)
        with writer:
            writer.write_batch(block_rows(0, 5, 10_000))
            writer.done_writing()
            return reader.read().to_pybytes().decode()

    def exchange(self, descriptor, batches, size):
        writer, reader = self.client.do_exchange(descriptor_of(descriptor), self.options)
        seen = []
        with writer:
            writer.begin(SCHEMA)
            for index, rows in enumerate(batches):
                writer.write_with_metadata(block_rows(index, rows, size), f"m{index}".encode())
                chunk = reader.read_chunk()
                seen.append([describe(chunk.data), chunk.app_metadata.to_pybytes().decode()])
            writer.done_writing()
            for chunk in reader:
                seen.append("more")
        return seen

    def exchange_words(self, words):
        writer, reader = self.client.do_exchange(descriptor_of({"command": "words"}), self.options)
        seen = []
        with writer:
            for word in words:
                writer.write_metadata(word.encode())
                seen.append(reader.read_chunk().app_metadata.to_pybytes().decode())
            writer.done_writing()
        return seen

    def action(self, type, body):
        results = self.client.do_action(flight.Action(type, body.encode()), self.options)
        return [result.body.to_pybytes().decode() for result in results]

    def actions(self):
        return [[action.type, action.description] for action in self.client.list_actions(self.options)]

    def flights(self, criteria):
        return [tell_info(info) for info in self.client.list_flights(criteria.encode(), self.options)]

    def info(self, descriptor):
        return tell_info(self.client.get_flight_info(descriptor_of(descriptor), self.options))

    def schema(self, descriptor):
        return str(self.client.get_schema(descriptor_of(descriptor), self.options).schema)

    def authenticate(self, word):
        self.client.authenticate(Echo(word), self.options)

    def basic(self, username, password):
        header, value = self.client.authenticate_basic_token(username.encode(), password.encode())
        self.options = flight.FlightCallOptions(headers=[(header, value)], timeout=20)
        return value.decode()


class Words(flight.ServerAuthHandler):
    """Answers a word with the word in capitals, which is then the token."""

    def authenticate(self, outgoing, incoming):
        outgoing.write(incoming.read().upper())

    def is_valid(self, token):
        if token != b"SESAME":
            raise flight.FlightUnauthenticatedError("say the word")
        return token


class Bearer(flight.ServerMiddlewareFactory):
    def start_call(self, info, headers):
        if "Bearer s3cret" not in headers.get("authorization", []):
            raise flight.FlightUnauthenticatedError("wrong token")


class Server(flight.FlightServerBase):
    def info(self, descriptor):
        endpoint = flight.FlightEndpoint(b"t1", ["grpc+tcp://127.0.0.1:1"])
        return flight.FlightInfo(SCHEMA, descriptor, [endpoint], 7, 2**53 - 1, True, b"app")

    def list_flights(self, context, criteria):
        yield self.info(flight.FlightDescriptor.for_path("a", criteria.decode()))
        yield self.info(flight.FlightDescriptor.for_command(b"c"))

    def get_flight_info(self, context, descriptor):
        if descriptor.command == b"missing":
            raise flight.FlightServerError("no such flight")
        return self.info(descriptor)

    def get_schema(self, context, descriptor):
        return flight.SchemaResult(SCHEMA)

    def do_get(self, context, ticket):
        what = json.loads(ticket.ticket)
        if what.get("types"):
            return flight.RecordBatchStream(all_types())

        def stream():
            for index in range(what["batches"]):
                yield block_rows(index, what["rows"], what["size"]), f"m{index}".encode()

        return flight.GeneratorStream(SCHEMA, stream())

    def do_put(self, context, descriptor, reader, writer):
        writer.write(json.dumps(tell_descriptor(descriptor)).encode())
        for chunk in reader:
            metadata = chunk.app_metadata
            told = {**describe(chunk.data), "metadata": metadata and metadata.to_pybytes().decode()}
            writer.write(json.dumps(told).encode())

    def do_exchange(self, context, descriptor, reader, writer):
        if descriptor.command == b"first":
            writer.write_metadata(b"speaking first")
        if descriptor.command in (b"first", b"words"):
            for chunk in reader:
                writer.write_metadata(chunk.app_metadata.to_pybytes().upper())
            return
        begun = False
        for chunk in reader:
            if not begun:
                writer.begin(reader.schema)
                begun = True
            if chunk.app_metadata is None:
                writer.write_batch(chunk.data)
            else:
                writer.write_with_metadata(chunk.data, chunk.app_metadata)

    def do_action(self, context, action):
        if action.type == "wait":
            time.sleep(1)
        yield flight.Result(action.body)
        if action.type == "fail":
            raise KeyError("no such thing")
        yield flight.Result(pa.py_buffer(b"second"))

    def list_actions(self, context):
        return [("echo", "says it again"), flight.ActionType("wait", "")]


def all_types():
    return pa.table(
        {
            "i8": pa.array([1, None, -3], pa.int8()),
            "f64": pa.array([0.5, None, -1.5], pa.float64()),
            "flag": pa.array([True, None, False], pa.bool_()),
            "text": pa.array(["a", None, "ccc"], pa.string()),
            "large": pa.array(["x", "yy", None], pa.large_string()),
            "when": pa.array([0, None, 10**15], pa.timestamp("us", "UTC")),
            "pair": pa.array([{"a": 1, "b": "p"}, None, {"a": 3, "b": None}]),
            "word": pa.array(["r", "s", "r"]).dictionary_encode(),
            "fixed": pa.array([b"abcd", None, b"efgh"], pa.binary(4)),
            "nested": pa.array([[[1], []], None, [[2, 3]]], pa.list_(pa.list_(pa.uint64()))),
            "money": pa.array([1, None, 2], pa.decimal128(38, 0)),
            "none": pa.nulls(3),
        }
    )


def answer(value):
    print(json.dumps(value), flush=True)


def run_client():
    client = None
    for line in sys.stdin:
        command, arguments = json.loads(line)
        try:
            if command == "connect":
                client = Client(**arguments)
                answer({"ok": None})
            else:
                answer({"ok": getattr(client, command)(**arguments)})
        except Exception as error:
            answer({"error": type(error).__name__, "message": str(error)})


def run_server(options):
    given = {}
    scheme = "grpc+tcp"
    if "cert" in options:
        scheme = "grpc+tls"
        cert, key = (open(options[name], "rb").read() for name in ("cert", "key"))
        given["tls_certificates"] = [(cert, key)]
    if options.get("auth") == "words":
        given["auth_handler"] = Words()
    if options.get("auth") == "bearer":
        given["middleware"] = {"bearer": Bearer()}
    with Server(f"{scheme}://127.0.0.1:0", **given) as server:
        answer({"ok": f"{scheme}://127.0.0.1:{server.port}"})
        sys.stdin.readline()


if __name__ == "__main__":
    if sys.argv[1] == "client":
        run_client()
    else:
        run_server(json.loads(sys.argv[2]))
