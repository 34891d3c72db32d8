"""What a user of VAST's own Python client does, against the endpoint given; prints what came back as JSON."""

import json
import sys

import pyarrow as pa
import vastdb

SCHEMA = pa.schema(
    [
        ("label", pa.uint64()),
        ("z", pa.int32()),
        ("name", pa.string()),
        ("ids", pa.list_(pa.uint64())),
        ("bin1", pa.binary()),
    ]
)

session = vastdb.connect(endpoint=sys.argv[1], access="AK", secret="SK")
rows = pa.table(
    [[2**64 - 1, 1], [1, None], ["a", "b"], [[2**63], []], [b"xy", b""]],
    schema=SCHEMA,
)
with session.transaction() as transaction:
    schema = transaction.bucket("b").create_schema("s")
    table = schema.create_table("t", SCHEMA)
    inserted = table.insert(rows)
    table.import_files(["/b/x.parquet"])
with session.transaction() as transaction:
    schema = transaction.bucket("b").schema("s")
    table = schema.table("t")
    told = {
        "tables": [table.name for table in schema.tables()],
        "columns": str(table.columns()) == str(SCHEMA),
        "rows": len(inserted),
    }
try:
    with session.transaction() as transaction:
        table = transaction.bucket("b").schema("s").table("t")
        table.insert(rows)
        transaction.bucket("b").schema("s").create_table("t", SCHEMA)
except Exception as error:
    told["error"] = type(error).__name__
print(json.dumps(told))
