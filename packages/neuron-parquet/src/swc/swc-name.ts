import { NeuronError } from "../errors.ts";
import type { NeuronId } from "../model.ts";
import { idOf } from "./swc-meta.ts";

export interface NameParts {
  id?: NeuronId;
  name?: string;
  properties?: Record<string, string | number>;
}

/**
 * What a file name says, by a pattern such as `{name}_{id:int}.swc`: `{a,b}` gives both the same text, `{}` stands for anything,
 * `:int` and `:float` make numbers. Undefined when the name does not fit.
 */
export function nameReader(pattern: string): (file: string) => NameParts | undefined {
  const fields: { names: string[]; type: string }[] = [];
  const source = pattern
    .split(/(\{[^{}]*\})/)
    .map((part, at) => {
      if (at % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      const [names = "", type = "str"] = part.slice(1, -1).split(":");
      if (!["str", "int", "float"].includes(type)) {
        throw new RangeError(
          `Expected \`pattern\` to use str, int or float, got ${JSON.stringify(type)}`,
        );
      }
      fields.push({
        names: names
          .split(",")
          .map((name) => name.trim())
          .filter((name) => name !== ""),
        type,
      });
      return type === "int" ? "(-?\\d+)" : type === "float" ? "(-?[\\d.]+(?:e-?\\d+)?)" : "(.*)";
    })
    .join("");
  const expression = new RegExp(`^${source}$`, "s");
  return (file) => {
    const match = expression.exec(file);
    if (!match) return undefined;
    const parts: NameParts = {};
    const properties: Record<string, string | number> = Object.create(null);
    for (const [at, { names, type }] of fields.entries()) {
      const text = match[at + 1] ?? "";
      for (const name of names) {
        if (name === "id") parts.id = type === "str" ? text : idOf(text);
        else if (name === "name") parts.name = text;
        else properties[name] = type === "str" ? text : Number(text);
      }
    }
    return { ...parts, ...(Object.keys(properties).length > 0 ? { properties } : {}) };
  };
}

/** The last part of a path without `.swc`, an integer where it is one. */
export function idOfFile(path: string): NeuronId {
  const file = path.split(/[/\\]/).at(-1) ?? path;
  return idOf(file.replace(/(\.swc)?(\.gz)?$/i, ""));
}

/** A file name that every file system takes and that no two ids share. */
export function fileNameOf(id: NeuronId): string {
  const text = String(id).replace(
    /[%/\\:*?"<>|\p{Cc}]/gu,
    (sign) => `%${(sign.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`,
  );
  if (text === "." || text === ".." || text === "")
    throw new NeuronError("invalid-id", "makes no file name", { neuron: id });
  const name = `${text}.swc`;
  const size = new TextEncoder().encode(name).length;
  // The limit of ext4, XFS, APFS and NTFS.
  if (size > 255)
    throw new NeuronError("invalid-id", `makes a file name of ${size} bytes; 255 are the most`, {
      neuron: size > 1000 ? `${text.slice(0, 60)}…` : id,
    });
  return name;
}
