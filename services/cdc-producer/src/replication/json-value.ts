import type { JsonValue } from "@freshet/schemas/lossless-json";

/** OIDs of Postgres' own types; they are the same in every database. */
const TYPE = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  float4: 700,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
} as const;

/**
 * A column's value in a message, from the text that Postgres prints under session-settings.ts. Nothing is lost: what
 * JSON has no exact form for stays Postgres' own text (numeric, json, uuid, enums, interval, arrays, ranges, and
 * `NaN`, `Infinity` and dates before Christ).
 *
 * @param typeOid the type, or the type under a domain.
 */
export function toJsonValue(typeOid: number, text: string): JsonValue {
  switch (typeOid) {
    case TYPE.bool:
      return text === "t";
    case TYPE.int2:
    case TYPE.int4:
    case TYPE.oid:
      return Number(text);
    case TYPE.int8:
      return toInteger(text);
    case TYPE.float4:
    case TYPE.float8: {
      const value = Number(text);
      return Number.isFinite(value) ? value : text;
    }
    case TYPE.bytea:
      return Buffer.from(text.slice(2), "hex").toString("base64");
    case TYPE.timestamp:
      return ISO_TIMESTAMP.test(text) ? text.replace(" ", "T") : text;
    case TYPE.timestamptz:
      return ISO_TIMESTAMP.test(text) ? text.replace(" ", "T").replace("+00", "Z") : text;
    // Among them date and time, which with DateStyle ISO are ISO 8601 as they stand.
    default:
      return text;
  }
}

function toInteger(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** Not `infinity`, and not with a trailing ` BC`, which ISO 8601 doesn't know. */
const ISO_TIMESTAMP = /^\d{4,}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?(\+00)?$/;
