import type { PostgresType } from "../type-catalogue.js";
import { arrayToJson } from "./arrays.js";
import { hstoreToJson } from "./hstore.js";
import { boolToJson, byteaToJson, floatToJson, moneyToJson, quoted, textToJson, verbatim } from "./scalars.js";
import { dateToJson, intervalToJson, timeToJson, timestampToJson, timestamptzToJson } from "./times.js";

/** The JSON text of a value, from the text that Postgres prints under session-settings.ts. */
export type ToJson = (text: string) => string;

/** OIDs of Postgres' own types: they are the same in every database. */
const BY_OID: ReadonlyMap<number, ToJson> = new Map<number, ToJson>([
  [16, boolToJson],
  [17, byteaToJson],
  [20, verbatim], // int8
  [21, verbatim], // int2
  [23, verbatim], // int4
  [26, verbatim], // oid
  [700, floatToJson],
  [701, floatToJson],
  [790, moneyToJson],
  [1082, dateToJson],
  [1083, timeToJson],
  [1114, timestampToJson],
  [1184, timestamptzToJson],
  [1186, intervalToJson],
  [1700, quoted], // numeric
  [2950, quoted], // uuid
]);

/** Types of extensions: their OIDs differ from database to database. */
const BY_NAME: ReadonlyMap<string, ToJson> = new Map<string, ToJson>([
  ["hstore", hstoreToJson],
  // `[1,-0.5,1e+10]` is JSON as it stands, and pgvector refuses NaN and infinity.
  ["vector", verbatim],
  ["halfvec", verbatim],
]);

/**
 * Values take the form that Debezium gives them (decimals and intervals as strings, times in ISO 8601, bytes in base64,
 * hstore as JSON) wherever it loses nothing; what JSON has no exact form for stays Postgres' text, as a string.
 */
export function jsonOf(type: PostgresType): ToJson {
  switch (type.kind) {
    case "domain":
      return jsonOf(type.base);
    case "array":
      return arrayToJson(jsonOf(type.element), type.element.delimiter);
    case "base":
      return BY_OID.get(type.oid) ?? BY_NAME.get(type.name) ?? textToJson;
    case "enum":
    case "range":
    case "multirange":
    case "composite":
      return textToJson;
    default:
      return type satisfies never;
  }
}
