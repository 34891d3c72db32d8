import type { Manifest, Schema } from "@pocaduck/format";
import { isQueryError } from "@pocaduck/query";
import { type Command, defineCommand } from "../cli/command.ts";
import { openVersion, versionOption } from "../open-version.ts";

export const command: Command = defineCommand({
  arguments: ["dataset"],
  options: { version: versionOption },
  async run({ args, options, signal, output }) {
    const query = await openVersion(args.dataset, options.version, signal).catch((error) => {
      if (isQueryError(error, "unpublished") && options.version === undefined) return undefined;
      throw error;
    });
    const facts = query
      ? describe(query.manifest, query.complete)
      : await unpublished(args.dataset, signal);
    if (output.json) output.value(facts);
    else for (const line of lines(facts)) output.line(line);
  },
});

async function unpublished(url: string, signal: AbortSignal): Promise<Facts> {
  const { openDataset } = await import("@pocaduck/ingest");
  const { open } = await import("../open.ts");
  const dataset = await openDataset(await open(url), { signal });
  const committed = (await dataset.committedBlocks({ signal })).size;
  return { version: 0, committedBlocks: committed, schema: dataset.schema };
}

interface Facts {
  version: number;
  [name: string]: unknown;
}

function describe(manifest: Manifest, complete: boolean | undefined): Facts {
  const { version, publishedAt, tool, totals, expectedBlocks, schema, index } = manifest;
  return {
    version,
    ...totals,
    ...(expectedBlocks !== undefined && { expectedBlocks }),
    ...(complete !== undefined && { complete }),
    publishedAt,
    tool,
    indexBytes: index.labels.reduce((sum, { size }) => sum + size, index.duckdb.size),
    schema,
  };
}

function lines({ schema, ...facts }: Facts): string[] {
  const { axes, coordinates, attributes, grid, about } = schema as Schema;
  const axis = axes.map(({ name, resolution, unit }) =>
    [name, resolution, unit].filter((part) => part !== undefined).join(" "),
  );
  const more = {
    axes: `${axis.join(", ")} (${coordinates})`,
    attributes:
      Object.entries(attributes)
        .map((pair) => pair.join(" "))
        .join(", ") || "none",
    ...(grid && { blocks_of: grid.blockShape.join("×"), volume: grid.shape.join("×") }),
    ...Object.fromEntries(
      Object.entries(about ?? {}).map(([name, text]) => [`scan: ${name}`, text]),
    ),
  };
  return Object.entries({ ...facts, ...more }).map(([name, fact]) => {
    const text = typeof fact === "number" ? fact.toLocaleString("en") : String(fact);
    return `${name.replaceAll(/[A-Z_]/g, (c) => (c === "_" ? " " : ` ${c.toLowerCase()}`))}: ${text}`;
  });
}
