import { execFileSync } from "node:child_process";
import { type RecordBatch, RecordBatchReader, tableFromIPC } from "apache-arrow";
import fc from "fast-check";
import { expect, test } from "vitest";
import { judge } from "../../../test/judge.ts";
import { batchStream, schemaMessage } from "../src/arrow-message.ts";
import { rows } from "./target.ts";

const python = judge("pyarrow");

/** Every type that a table takes, with nulls; the same twice: as a stream, and the slice of rows 3 to 9 of it. */
const program = `
import json, pyarrow as pa
n = range(11)
def some(f): return [None if i % 4 == 3 else f(i) for i in n]
item = lambda t: pa.list_(pa.field("item", t))
columns = {
  "u64": pa.array(some(lambda i: 2**64 - 1 - i), pa.uint64()), "i8": pa.array([-i for i in n], pa.int8()),
  "f32": pa.array(some(lambda i: i / 2), pa.float32()), "f64": pa.array(some(float), pa.float64()),
  "flag": pa.array(some(lambda i: i % 3 == 0)), "all": pa.array([i % 2 == 0 for i in n]),
  "text": pa.array(some(lambda i: "ü" * i)), "blob": pa.array(some(lambda i: bytes(range(i))), pa.binary()),
  "when": pa.array(some(lambda i: i), pa.timestamp("us", "UTC")), "naive": pa.array(some(lambda i: i), pa.timestamp("ms")),
  "day": pa.array(some(lambda i: i), pa.date32()), "time": pa.array(some(lambda i: i), pa.time64("us")),
  "money": pa.array(some(lambda i: i), pa.decimal128(38, 2)),
  "ids": pa.array(some(lambda i: list(n)[:i]), item(pa.uint64())),
  "nested": pa.array(some(lambda i: [[j, None] for j in range(i % 3)]), item(item(pa.int32()))),
  "pair": pa.array(some(lambda i: {"a": i, "b": None if i % 2 else "x"}), pa.struct([("a", pa.int16()), ("b", pa.string())])),
}
fields = [pa.field(name, column.type, name != "i8") for name, column in columns.items()]
schema = pa.schema(fields)
batch = pa.record_batch(list(columns.values()), schema=schema)
def stream(batch):
  sink = pa.BufferOutputStream()
  with pa.ipc.new_stream(sink, schema) as writer: writer.write_batch(batch)
  return sink.getvalue().to_pybytes().hex()
print(json.dumps([stream(batch), stream(pa.record_batch([pa.concat_arrays([c]) for c in batch.slice(3, 6).columns], schema=schema)), schema.serialize().to_pybytes().hex()]))`;

test.skipIf(python === undefined)(
  "all types are written as pyarrow writes them (needs pyarrow)",
  () => {
    const output = String(execFileSync(String(python), ["-c", program]));
    const [whole = "", sliced = "", schema = ""] = JSON.parse(output) as string[];
    const batch = read(Buffer.from(whole, "hex"));
    expect(Buffer.from(schemaMessage(batch.schema)).toString("hex")).toBe(schema);
    expect(Buffer.from(batchStream(batch)).toString("hex")).toBe(whole);
    const part = batchStream(batch.slice(3, 9));
    expect(tableFromIPC(part).toString()).toBe(tableFromIPC(Buffer.from(sliced, "hex")).toString());
  },
);

test("what is written is read back, whole and in slices", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 20 }), fc.nat(20), (sizes, cut) => {
      const batch = rows(sizes);
      const at = Math.min(cut, sizes.length);
      for (const part of [batch, batch.slice(at), batch.slice(0, at)]) {
        expect(read(batchStream(part)).toArray().map(String)).toEqual(part.toArray().map(String));
      }
    }),
    { numRuns: 50 },
  );
});

function read(stream: Uint8Array): RecordBatch {
  const [batch] = RecordBatchReader.from(stream);
  if (!batch) throw new Error("no batch");
  return batch;
}
