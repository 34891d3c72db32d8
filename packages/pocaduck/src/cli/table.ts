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
  version: {
    summary: "the versions of pocaduck and of what it runs on",
    load: () => import("../commands/version.ts"),
  },
};
