import { deflateRaw } from "../archive/deflate.ts";
import { assertMemberName } from "../archive/member-name.ts";
import { TarWriter } from "../archive/tar.ts";
import { ZipWriter } from "../archive/zip-write.ts";
import {
  aFunction,
  checkArgument,
  checkOptions,
  neuronRule,
  neuronsRule,
  oneOf,
  type Rules,
} from "../check-options.ts";
import { NeuronError, placedOutput } from "../errors.ts";
import { assertFinite } from "../finite.ts";
import { leftOut } from "../left-out.ts";
import type { Neuron, NeuronId, Skeleton, Warning } from "../model.ts";
import { nodeModule } from "../node-module.ts";
import { originOf } from "../origin.ts";
import { type NeuronSink, type OpenSink, openSink } from "../sink.ts";
import { fileNameOf } from "./swc-name.ts";
import { otherSoma } from "./swc-soma.ts";
import { formatRules, formatSwc, swcParts, type WriteSwcOptions } from "./swc-write.ts";

export interface WriteSwcsOptions extends WriteSwcOptions {
  /** Default by the ending of a path: .zip, .tar, .tar.gz, .swc, else a folder; for other sinks zip. */
  format?: "folder" | "zip" | "tar" | "tar.gz" | "swc";
  /** Default the id, with signs that file systems refuse written as %xx. */
  fileName?: (neuron: Neuron) => string;
}

export interface WriteSwcsReport {
  neurons: number;
  warnings: Warning[];
}

/** The text of a neuron, formatted anew by each call. */
type Text = () => Generator<Uint8Array, void, undefined>;

/** Nodes of a neuron whose text is held in memory as a whole. */
const SMALL_ROWS = 2 ** 20;

/** A place for many texts, most of them small. */
interface Target {
  add(name: string, text: Text): Promise<void>;
  end(): Promise<void>;
  abort(reason: unknown): Promise<void>;
}

/** Writes each skeleton as a SWC text into a folder or an archive, which appears whole or not at all. */
export async function writeSwc(
  sink: NeuronSink,
  neurons: Iterable<Neuron> | AsyncIterable<Neuron>,
  options: WriteSwcsOptions = {},
): Promise<WriteSwcsReport> {
  checkArgument("neurons", neurons, neuronsRule);
  checkOptions(options, writeSwcRules);
  const { format = formatOf(sink), fileName = ({ id }: Neuron) => fileNameOf(id) } = options;
  const target = openTarget(sink, format);
  const report: WriteSwcsReport = { neurons: 0, warnings: [] };
  const names = new Map<string, NeuronId>();
  try {
    for await (const neuron of neurons) {
      checkArgument("neurons", neuron, neuronRule);
      const place = { neuron: neuron.id, file: originOf(neuron) };
      if (neuron.kind !== "skeleton")
        throw new NeuronError("invalid-neuron", "SWC holds skeletons only", place);
      assertFinite(neuron);
      const name = fileName(neuron);
      const other = names.get(name.toLowerCase());
      if (other !== undefined) {
        throw new NeuronError(
          "duplicate-id",
          `has the file name ${name} of neuron ${other}`,
          place,
        );
      }
      names.set(name.toLowerCase(), neuron.id);
      const text = textOf(neuron, options, report.warnings);
      report.warnings.push(
        ...leftOut(neuron, "SWC", ["connectors", "columns"]),
        ...otherSoma(neuron, "SWC"),
      );
      await target.add(name, text);
      report.neurons++;
    }
    await target.end();
    return report;
  } catch (error) {
    await target.abort(error);
    throw typeof sink === "string" ? placedOutput(error, sink) : error;
  }
}

const writeSwcRules: Rules<WriteSwcsOptions> = {
  ...formatRules,
  format: oneOf("folder", "zip", "tar", "tar.gz", "swc"),
  fileName: aFunction,
};

function formatOf(sink: NeuronSink): NonNullable<WriteSwcsOptions["format"]> {
  if (typeof sink !== "string") return "zip";
  if (/\.zip$/i.test(sink)) return "zip";
  if (/\.(tar\.gz|tgz)$/i.test(sink)) return "tar.gz";
  if (/\.tar$/i.test(sink)) return "tar";
  return /\.swc$/i.test(sink) ? "swc" : "folder";
}

function openTarget(sink: NeuronSink, format: NonNullable<WriteSwcsOptions["format"]>): Target {
  if (format === "folder") {
    if (typeof sink !== "string")
      throw new TypeError("Expected `sink` to be a path for the format folder");
    return folderTarget(sink);
  }
  const open = openSink(sink);
  if (format === "zip") return zipTarget(open);
  if (format === "swc") return fileTarget(open);
  const tar = new TarWriter((bytes) => open.write(bytes), format === "tar.gz");
  return {
    async add(name, text) {
      // A tar says the size first, so the text is formatted twice: most are kept from the first time.
      let size = 0;
      for (const part of text()) size += part.length;
      await tar.add(name, size, text());
    },
    async end() {
      await tar.end();
      await open.close();
    },
    abort: (reason) => open.abort(reason),
  };
}

/** Small texts are formatted once and kept, so that `text` may be asked again. */
function textOf(neuron: Skeleton, options: WriteSwcOptions, warnings: Warning[]): Text {
  const { header, meta, reindex } = options;
  const chosen = {
    ...(header ? { header } : {}),
    ...(meta === undefined ? {} : { meta }),
    ...(reindex === undefined ? {} : { reindex }),
  };
  if (neuron.x.length <= SMALL_ROWS) {
    const { bytes, warnings: own } = formatSwc(neuron, chosen);
    warnings.push(...own);
    return function* () {
      yield bytes;
    };
  }
  let isTold = false;
  return function* () {
    yield* swcParts(neuron, chosen, (warning) => {
      if (!isTold) warnings.push(warning);
    });
    isTold = true;
  };
}

/** Members that are compressed at once, while the next ones are formatted. */
const AT_ONCE = 4;

function zipTarget(open: OpenSink): Target {
  const zip = new ZipWriter((bytes) => open.write(bytes));
  const waiting: { name: string; bytes: Uint8Array; body: Promise<Uint8Array> }[] = [];
  const put = async (most: number): Promise<void> => {
    for (let first = waiting[0]; first && waiting.length > most; first = waiting[0]) {
      await zip.addDeflated(first.name, first.bytes, await first.body);
      waiting.shift();
    }
  };
  return {
    async add(name, text) {
      const parts = text();
      const first = parts.next().value ?? new Uint8Array(0);
      const second = parts.next().value;
      if (second === undefined) {
        waiting.push({ name, bytes: first, body: deflateRaw(first) });
        await put(AT_ONCE);
        return;
      }
      await put(0);
      const all = function* () {
        yield first;
        yield second;
        yield* parts;
      };
      await zip.streamDeflated(name, all());
    },
    async end() {
      await put(0);
      await zip.end();
      await open.close();
    },
    async abort(reason) {
      await Promise.allSettled(waiting.map(({ body }) => body));
      await open.abort(reason);
    },
  };
}

function fileTarget(open: OpenSink): Target {
  let count = 0;
  return {
    async add(_name, text) {
      if (count++ > 0)
        throw new NeuronError(
          "invalid-input",
          "a .swc holds one neuron: write to a folder, .zip or .tar.gz",
        );
      for (const part of text()) await open.write(part);
    },
    end: () => open.close(),
    abort: (reason) => open.abort(reason),
  };
}

/** Fills a folder beside `path` and renames it at the end. */
function folderTarget(path: string): Target {
  const fs = nodeModule("node:fs");
  const { join } = nodeModule("node:path") ?? {};
  if (!fs || !join) throw new NeuronError("unreadable", "folders need Node", { file: path });
  if (
    fs.existsSync(path) &&
    (!fs.statSync(path).isDirectory() || fs.readdirSync(path).length > 0)
  ) {
    throw new NeuronError("invalid-input", "exists and is not empty", { file: path });
  }
  const plain = path.replace(/[/\\]+$/, "");
  const staged = `${plain}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  fs.mkdirSync(staged, { recursive: true });
  return {
    async add(name, text) {
      assertMemberName(name, path);
      const fd = fs.openSync(join(staged, name), "wx");
      try {
        for (const part of text()) fs.writeFileSync(fd, part);
      } finally {
        fs.closeSync(fd);
      }
    },
    async end() {
      if (fs.existsSync(plain)) fs.rmdirSync(plain);
      fs.renameSync(staged, plain);
    },
    async abort() {
      fs.rmSync(staged, { recursive: true, force: true });
    },
  };
}
