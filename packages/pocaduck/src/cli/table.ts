import type { Command } from "./command.ts";

interface Entry {
  summary: string;
  load(): Promise<{ command: Command }>;
}

/** Every command, in the order `--help` lists them. Nothing is imported before it is asked for. */
export const table: Readonly<Record<string, Entry>> = {
  create: {
    summary: "an empty dataset",
    load: () => import("../commands/create.ts"),
  },
  ingest: {
    summary: "the points of a label volume, into a dataset",
    load: () => import("../commands/ingest.ts"),
  },
  publish: {
    summary: "makes what was committed visible, as the next version",
    load: () => import("../commands/publish.ts"),
  },
  info: {
    summary: "what a dataset is and holds",
    load: () => import("../commands/info.ts"),
  },
  labels: {
    summary: "the labels of a dataset, and how much of each there is",
    load: () => import("../commands/labels.ts"),
  },
  points: {
    summary: "all points of one label, or of several",
    load: () => import("../commands/points.ts"),
  },
  blocks: {
    summary: "the blocks of a label, or of the dataset",
    load: () => import("../commands/blocks.ts"),
  },
  count: {
    summary: "how many points a label has",
    load: () => import("../commands/count.ts"),
  },
  explain: {
    summary: "what a lookup of a label reads",
    load: () => import("../commands/explain.ts"),
  },
  sql: {
    summary: "SQL over the index",
    load: () => import("../commands/sql.ts"),
  },
  "neurons convert": {
    summary: "neurons of any format to any other",
    load: () => import("../commands/neurons/convert.ts"),
  },
  "neurons info": {
    summary: "what a file of neurons holds",
    load: () => import("../commands/neurons/info.ts"),
  },
  "neurons validate": {
    summary: "cycles, orphans, duplicate nodes and the like",
    load: () => import("../commands/neurons/validate.ts"),
  },
  "neurons draw": {
    summary: "neurons as a picture",
    load: () => import("../commands/neurons/draw.ts"),
  },
  "neurons rewrite": {
    summary: "a file of neurons sorted, indexed and small",
    load: () => import("../commands/neurons/rewrite.ts"),
  },
  "neurons subset": {
    summary: "some neurons of a file",
    load: () => import("../commands/neurons/subset.ts"),
  },
  "neurons merge": {
    summary: "several files of neurons as one",
    load: () => import("../commands/neurons/merge.ts"),
  },
  "neurons split": {
    summary: "a file of neurons as several",
    load: () => import("../commands/neurons/split.ts"),
  },
  "neurons index": {
    summary: "where the neurons of a large foreign file lie, to keep beside it",
    load: () => import("../commands/neurons/index.ts"),
  },
  "dvid export": {
    summary: "a DVID labelmap into Parquet, by workers on this machine",
    load: () => import("../commands/dvid/export.ts"),
  },
  "dvid serve": {
    summary: "reads DVID for workers on any machine",
    load: () => import("../commands/dvid/serve.ts"),
  },
  "dvid worker": {
    summary: "writes what dvid serve reads",
    load: () => import("../commands/dvid/worker.ts"),
  },
  doctor: {
    summary: "whether a place keeps what a dataset needs, promise by promise",
    load: () => import("../commands/doctor.ts"),
  },
  verify: {
    summary: "reads every object of a dataset and compares it with its record",
    load: () => import("../commands/verify.ts"),
  },
  gc: {
    summary: "deletes what workers and publishers that died left behind",
    load: () => import("../commands/gc.ts"),
  },
  version: {
    summary: "the versions of pocaduck and of what it runs on",
    load: () => import("../commands/version.ts"),
  },
};
