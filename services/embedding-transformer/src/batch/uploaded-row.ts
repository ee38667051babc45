import type { UploadedRow } from "@freshet/batch-client/batch-protocol";
import { isControlKey } from "@freshet/schemas/control-message";
import { isJsonObject, parseJson, type JsonObject } from "@freshet/schemas/lossless-json";
import { parsePosition, type Position } from "@freshet/schemas/position";
import { decodeRowKey, encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import { readVector } from "@freshet/batch-client/vector-bytes";

/** An uploaded row that can be right. */
export interface CheckedRow {
  readonly key: RowKey;
  /** As `encodeRowKey` writes it. */
  readonly encodedKey: string;
  readonly basedOn: Position | null;
  readonly chunks: readonly { readonly text: string; readonly vector: Float32Array }[];
  /** Null keeps the row's. */
  readonly payload: JsonObject | null;
}

export interface RowRules {
  readonly dimensions: number;
  /** The key's columns, in order; null while no row says them. */
  readonly keyColumns: readonly string[] | null;
}

/** Models give vectors of length 1; what was computed in 16 bits is off by less than this. */
const LENGTH_TOLERANCE = 0.01;

/** @throws {Error} why the row can't be right, a part of a sentence. */
export function checkedRow({ key, position, chunks, payload }: UploadedRow, rules: RowRules): CheckedRow {
  const rowKey = decodeRowKey(key);
  checkKey(rowKey, rules.keyColumns);
  return {
    key: rowKey,
    encodedKey: encodeRowKey(rowKey),
    basedOn: position === "" ? null : parsePosition(position),
    chunks: chunks.map(({ text, vector }, place) => {
      if (text.trim() === "") throw new Error(`chunk ${place} has no text`);
      const values = readVector(vector);
      checkVector(values, place, rules.dimensions);
      return { text, vector: values };
    }),
    payload: payload === "" ? null : readPayload(payload),
  };
}

function checkKey(key: RowKey, columns: readonly string[] | null): void {
  const names = Object.keys(key);
  if (names.length === 0 || isControlKey(key)) throw new Error("the key names no row");
  if (columns !== null && names.join("\0") !== columns.join("\0")) {
    throw new Error(`the keys of this index have the columns ${columns.join(", ")}, not ${names.join(", ")}`);
  }
}

function checkVector(vector: Float32Array, place: number, dimensions: number): void {
  if (vector.length !== dimensions) {
    throw new Error(`the vector of chunk ${place} has ${vector.length} dimensions, the index's model ${dimensions}`);
  }
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!Number.isFinite(length)) throw new Error(`the vector of chunk ${place} has a number that isn't finite`);
  if (Math.abs(length - 1) > LENGTH_TOLERANCE) {
    throw new Error(`the vector of chunk ${place} has the length ${length.toPrecision(3)}; normalise it to 1`);
  }
}

function readPayload(text: string): JsonObject {
  const payload = parseJson(text);
  if (!isJsonObject(payload)) throw new Error("the payload is no JSON object");
  return payload;
}
