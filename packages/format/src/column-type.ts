/** Types of a table's columns, named as in numpy and Arrow. */
export type NumericType =
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float32"
  | "float64";
export type ColumnType = NumericType | "string" | "bytes";

export interface Column {
  name: string;
  type: ColumnType;
}

interface Arrays {
  int8: Int8Array<ArrayBuffer>;
  int16: Int16Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  int64: BigInt64Array<ArrayBuffer>;
  uint8: Uint8Array<ArrayBuffer>;
  uint16: Uint16Array<ArrayBuffer>;
  uint32: Uint32Array<ArrayBuffer>;
  uint64: BigUint64Array<ArrayBuffer>;
  float32: Float32Array<ArrayBuffer>;
  float64: Float64Array<ArrayBuffer>;
}

const arrays: { [T in NumericType]: new (length: number) => Arrays[T] } = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** The typed array that holds values of each numeric type. */
export type ArrayOf<T extends NumericType> = Arrays[T];
export type NumericArray = ArrayOf<NumericType>;

export const numericTypes: readonly NumericType[] = Object.keys(arrays) as NumericType[];

export function newArray<T extends NumericType>(type: T, length: number): ArrayOf<T> {
  return new arrays[type](length);
}

/** The type of a typed array's elements, or `undefined` for anything else. */
export function typeOfArray(value: unknown): NumericType | undefined {
  return numericTypes.find((type) => value instanceof arrays[type]);
}
