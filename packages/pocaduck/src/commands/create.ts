import type { CoordinateType } from "@pocaduck/format";
import { createDataset } from "@pocaduck/ingest";
import { type Command, defineCommand } from "../cli/command.ts";
import {
  assertSchemaOfOptions,
  parseAttributes,
  parseAxis,
  parseGrid,
  parseTexts,
} from "../cli/parse-schema.ts";
import { open } from "../open.ts";

export const command: Command = defineCommand({
  arguments: ["dataset"],
  options: {
    axes: {
      type: "string",
      value: "axes",
      about: "name[:resolution[:unit[:offset]]] each, x,y,z by default",
    },
    coordinates: {
      type: "string",
      value: "type",
      about: "int32 (default), int64, float32 or float64",
    },
    attribute: {
      type: "string",
      multiple: true,
      value: "name:type",
      about: "an attribute of each point",
    },
    grid: {
      type: "string",
      value: "shape/block",
      about:
        "blocks of a regular grid, named as in 0_0_0; shape/block/origin where it begins elsewhere",
    },
    about: {
      type: "string",
      multiple: true,
      value: "name=text",
      about: "a word on what it is made from, for info",
    },
  },
  examples: [
    "create fly --axes x:8:nm,y:8:nm,z:8:nm --attribute supervoxel:uint64",
    "create fly --grid 512x512x300/64x64x64 --about source=seg.zarr",
  ],
  async run({ args, options, signal, output }) {
    const schema = {
      axes: (options.axes ?? "x,y,z").split(",").map(parseAxis),
      coordinates: (options.coordinates ?? "int32") as CoordinateType,
      attributes: parseAttributes(options.attribute ?? []),
      ...(options.grid !== undefined && { grid: parseGrid(options.grid) }),
      ...(options.about !== undefined && { about: parseTexts("--about", options.about) }),
    };
    assertSchemaOfOptions(schema);
    const dataset = await createDataset(await open(args.dataset), schema, { signal });
    if (output.json) output.value(dataset.schema);
    else output.line(`created ${args.dataset}`);
  },
});
