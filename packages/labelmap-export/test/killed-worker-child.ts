import { LocalStore } from "@pocaduck/storage-local";
import type { RecordBatch } from "apache-arrow";
import { ParquetSink, runWorker, type TaskRows } from "../src/index.ts";

/** A worker that kills itself at a step of its second task: `killed-worker-child.ts <service> <folder> <step>`. */
const [service = "", folder = "", step = ""] = process.argv.slice(2);
const sink = new ParquetSink(new LocalStore(folder));
let tasks = 0;
const die = (at: string): void => {
  if (at === step && tasks >= 2) process.kill(process.pid, "SIGKILL");
};

const { begin, receipt, write } = sink;
sink.begin = async (...about) => {
  tasks++;
  // Before it: what was acknowledged is the task before.
  die("acknowledged");
  const plan = await begin.apply(sink, about);
  die("begun");
  return plan;
};
sink.receipt = async (...about) => {
  const found = await receipt.apply(sink, about);
  die("receipt");
  return found;
};
sink.write = async (task, rows, options) => {
  async function* batches(): AsyncGenerator<RecordBatch> {
    for await (const batch of rows.batches) {
      yield batch;
      die("batch");
    }
    die("rows");
  }
  const dying: TaskRows = { batches: batches(), digest: () => rows.digest() };
  const done = await write.call(sink, task, dying, options);
  die("written");
  return done;
};
await runWorker(service, sink, { name: "mortal" });
