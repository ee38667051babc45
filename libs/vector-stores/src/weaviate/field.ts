import { isJsonObject, type JsonObject, type JsonValue } from "@freshet/schemas/lossless-json";
import type { CollectionFeatures, FieldType } from "../collection-spec.js";
import { InputRefusedError } from "../errors.js";
import { isNumber, valuesOf } from "../filter-match.js";
import type { Scalar } from "../payload-filter.js";
import { escaped } from "./resource-name.js";

export type Fields = CollectionFeatures["fields"];

/** https://docs.weaviate.io/weaviate/config-refs/collections#property-name */
const MAX_LENGTH = 231;
/** The client sends whole numbers in 64 bits. */
const MAX_WHOLE = 2 ** 63 - 1_024;
/** Stands for a column that is missing, null or an empty list. */
export const NULL = "null";

/** The properties that a field is searched by. */
interface FieldProperties {
  /** Its values as JSON, so that a text is no number, and spaces at its ends count. */
  readonly values: string;
  /** The only number among them. */
  readonly number: string;
  /** More than one. */
  readonly numbers: string;
}

/** @throws {InputRefusedError} for a column whose name is too long, or no text. */
export function fieldProperties(field: string): FieldProperties {
  const name = `column_${escaped(field)}`;
  const made = { values: `${name}_values`, number: `${name}_number`, numbers: `${name}_numbers` };
  if (made.numbers.length <= MAX_LENGTH && !/\p{Surrogate}/u.test(field)) return made;
  throw new InputRefusedError(
    `Weaviate can't have the column ${JSON.stringify(field)} as a property, its name is too long: take it from the ` +
      `index's filterable in freshet.yaml.`,
  );
}

export function isNumeric(type: FieldType): boolean {
  return type === "integer" || type === "float";
}

/** What the properties of the collection's fields hold for a row. */
export function fieldValues(payload: JsonObject, fields: Fields): Record<string, string[] | number | number[]> {
  const made: Record<string, string[] | number | number[]> = {};
  for (const [field, type] of Object.entries(fields)) {
    const properties = fieldProperties(field);
    const values = valuesOf(payload, field);
    const tokens = values.length === 0 ? [NULL] : values.filter(isScalar).map(token);
    if (tokens.length > 0) made[properties.values] = tokens;
    const numbers = isNumeric(type) ? values.filter(isNumber).map(toSendable) : [];
    const [number] = numbers;
    if (numbers.length > 1) made[properties.numbers] = numbers;
    else if (number !== undefined) made[properties.number] = number;
  }
  return made;
}

/** One number has one form, however large it is. */
export function token(value: Scalar | bigint): string {
  return typeof value === "bigint" || Number.isInteger(value) ? BigInt(value).toString() : JSON.stringify(value);
}

function toSendable(value: number | bigint): number {
  return Math.max(-MAX_WHOLE, Math.min(MAX_WHOLE, Number(value)));
}

function isScalar(value: JsonValue): value is Scalar | bigint {
  return value !== null && !Array.isArray(value) && !isJsonObject(value);
}
