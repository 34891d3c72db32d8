import type { Column } from "./footer.ts";
import { type ThriftReader, thrift } from "./thrift-read.ts";

interface Annotated {
  annotation: Column["annotation"];
  logical: string | undefined;
}

const ANNOTATIONS: readonly string[] = ["text", "unsigned", "uuid"];

/** Later words win: a logical type follows the converted one and says more. */
export function annotate(element: Annotated, word: string | undefined): void {
  if (word === undefined) return;
  const isAnnotation = ANNOTATIONS.includes(word);
  element.annotation = isAnnotation ? (word as Column["annotation"]) : undefined;
  element.logical = isAnnotation ? undefined : word;
}

/** By the number of the converted type; small and signed integers read as what they are. */
export const CONVERTED: readonly (string | undefined)[] = [
  "text",
  "MAP",
  "MAP",
  "LIST",
  "text",
  "DECIMAL",
  "DATE",
  "TIME",
  "TIME",
  "TIMESTAMP",
  "TIMESTAMP",
  undefined,
  undefined,
  "unsigned",
  "unsigned",
  undefined,
  undefined,
  undefined,
  undefined,
  "text",
  "BSON",
  "INTERVAL",
];

/** By the field of the logical type's union; 10 is an integer, with width and sign. */
const LOGICAL: readonly (string | undefined)[] = [
  undefined,
  "text",
  "MAP",
  "LIST",
  "text",
  "DECIMAL",
  "DATE",
  "TIME",
  "TIMESTAMP",
  undefined,
  undefined,
  "NULL",
  "text",
  "BSON",
  "uuid",
  "FLOAT16",
  "VARIANT",
  "GEOMETRY",
  "GEOGRAPHY",
];

export function logical(reader: ThriftReader): string | undefined {
  let word: string | undefined;
  reader.struct((id) => {
    word = id < LOGICAL.length ? LOGICAL[id] : `logical type ${id}`;
    if (id !== 10) return false;
    let bits = 0;
    reader.struct((field, type) => {
      if (field === 1) bits = reader.byte();
      else if (field === 2) word = type === thrift.false && bits >= 32 ? "unsigned" : undefined;
      else return false;
      return undefined;
    });
    return undefined;
  });
  return word;
}
