import { z } from "zod";

const texts = z.record(z.string(), z.unknown());

/**
 * An address's parameters as the body of `POST /search` has them: numbers are numbers, `payload` is a list (`name,year`), `filter`
 * is JSON. What can't be read stays as it is, for the body's schema to complain of.
 */
export function parameters(query: unknown): unknown {
  const given = texts.safeParse(query).data ?? {};
  const readings: Readonly<Record<string, (value: string) => unknown>> = {
    k: toNumber,
    threshold: toNumber,
    payload: (list) => (list === "" ? [] : list.split(",")),
    filter: toJson,
  };
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const read = Object.hasOwn(readings, name) ? readings[name] : undefined;
      return [name, read && typeof value === "string" ? read(value) : value];
    }),
  );
}

function toNumber(value: string): unknown {
  return value.trim() === "" || Number.isNaN(Number(value)) ? value : Number(value);
}

function toJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
