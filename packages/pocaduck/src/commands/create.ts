import type { AttributeType, Axis, CoordinateType } from "@pocaduck/format";
import { createDataset } from "@pocaduck/ingest";
import { type Command, defineCommand } from "../cli/command.ts";
import { CommandError } from "../cli/exit-codes.ts";
import { open } from "../open.ts";

export const command: Command = defineCommand({
  arguments: ["dataset"],
  options: {
    axes: {
      type: "string",
      value: "axes",
      about: "name[:resolution[:unit]] each, x,y,z by default",
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
  },
  examples: ["create fly --axes x:8:nm,y:8:nm,z:8:nm --attribute supervoxel:uint64"],
  async run({ args, options, signal, output }) {
    const attributes: Record<string, AttributeType> = {};
    for (const text of options.attribute ?? []) {
      const [name, type, ...rest] = text.split(":");
      if (!name || !type || rest.length > 0) {
        throw usage("--attribute", "name:type, as in supervoxel:uint64", text);
      }
      if (Object.hasOwn(attributes, name))
        throw usage("--attribute", "another name each time", text);
      attributes[name] = type as AttributeType;
    }
    const schema = {
      axes: (options.axes ?? "x,y,z").split(",").map(parseAxis),
      coordinates: (options.coordinates ?? "int32") as CoordinateType,
      attributes,
    };
    const dataset = await createDataset(await open(args.dataset), schema, { signal });
    if (output.json) output.value(dataset.schema);
    else output.line(`created ${args.dataset}`);
  },
});

function parseAxis(text: string): Axis {
  const [name = "", resolution, unit, ...rest] = text.split(":");
  const size = resolution === undefined ? undefined : Number(resolution);
  if (rest.length > 0 || (size !== undefined && !(size > 0))) {
    throw usage("--axes", "name[:resolution[:unit]], as in x:8:nm", text);
  }
  return { name, ...(size !== undefined && { resolution: size }), ...(unit && { unit }) };
}

function usage(option: string, expected: string, got: string): CommandError {
  return new CommandError(`expected ${option} to be ${expected}, got "${got}"`, "usage");
}
