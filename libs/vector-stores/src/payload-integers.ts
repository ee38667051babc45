import type { JsonObject, JsonValue } from "@freshet/schemas/lossless-json";

/** Integers beyond 2^53 become text: for stores whose client or server would round them. */
export function withoutBigints(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutBigint(part)]));
}

function withoutBigint(part: JsonValue): JsonValue {
  if (typeof part === "bigint") return String(part);
  if (Array.isArray(part)) return part.map(withoutBigint);
  return typeof part === "object" && part !== null ? withoutBigints(part) : part;
}
