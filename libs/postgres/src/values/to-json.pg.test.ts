import { createDatabase } from "@freshet/local-stack/testing";
import { Session } from "../session.js";
import { readTypes } from "../type-catalogue.js";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { jsonOf, type ToJson } from "./to-json.js";

const RUNS = 200;
/** In microseconds. */
const DAY = 86_400_000_000n;
/** Postgres holds no NUL in a text, nor half of a surrogate pair. */
const postgresText = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", ""));

let session: Session;

beforeAll(async () => {
  session = await Session.open({ connectionString: (await createDatabase()).url, applicationName: "freshet-test" });
  await session.rows("CREATE EXTENSION hstore SCHEMA public");
});
afterAll(() => session.close());

async function toJsonOf(type: string): Promise<ToJson> {
  const [oid] = await session.row("SELECT $1::regtype::oid", [type]);
  const described = (await readTypes(session, [Number(oid)])).get(Number(oid));
  if (described === undefined) throw new Error(`there is no type ${type}`);
  return jsonOf(described);
}

async function printed(expression: string, ...parameters: string[]): Promise<string> {
  return (await session.row(`SELECT (${expression})::text`, parameters))[0] ?? "";
}

it("gives back every array of texts", async () => {
  const toJson = await toJsonOf("text[]");
  const array = "SELECT array_agg(e ORDER BY n) FROM jsonb_array_elements_text($1::jsonb) WITH ORDINALITY a (e, n)";
  const element = fc.option(fc.oneof(postgresText, fc.constantFrom("NULL", "null", "", "{", '"', "\\", ",", " ")));
  await fc.assert(
    fc.asyncProperty(fc.array(element, { minLength: 1 }), async (elements) => {
      expect(JSON.parse(toJson(await printed(array, JSON.stringify(elements))))).toEqual(elements);
    }),
    { numRuns: RUNS },
  );
});

it("gives back every hstore", async () => {
  const toJson = await toJsonOf("public.hstore");
  const hstore = `SELECT public.hstore(array_agg(key), array_agg(value)) FROM jsonb_each_text($1::jsonb)`;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(postgresText, fc.option(postgresText)), { minLength: 1 }), async (pairs) => {
      const object = Object.fromEntries(pairs);
      const json = JSON.parse(toJson(await printed(hstore, JSON.stringify(object)))) as string;
      expect(JSON.parse(json)).toEqual(object);
    }),
    { numRuns: RUNS },
  );
});

it("gives every interval in a form that Postgres reads as the same", async () => {
  const toJson = await toJsonOf("interval");
  const count = fc.integer({ min: -100_000, max: 100_000 });
  const microseconds = fc.oneof(
    fc.constant(0),
    fc.integer({ min: -100_000_000_000_000, max: 100_000_000_000_000 }),
    count,
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.constant(0), count), count, microseconds, async (months, days, micros) => {
      const interval = `${months} months ${days} days ${micros} microseconds`;
      const text = await printed("$1::interval", interval);
      const iso = JSON.parse(toJson(text)) as string;
      expect(iso).toMatch(/^P-?\d+Y-?\d+M-?\d+DT-?\d+H-?\d+M-?\d+(\.\d+)?S$/);
      expect(await printed("$1::interval", iso)).toBe(text);
    }),
    { numRuns: RUNS },
  );
});

it("gives every moment in ISO 8601, to the microsecond", async () => {
  const toJson = { timestamp: await toJsonOf("timestamp"), timestamptz: await toJsonOf("timestamptz") };
  const oldest = BigInt(Date.UTC(-4711, 0, 1)) * 1000n;
  const latest = 8_640_000_000_000_000n * 1000n - 1n;
  for (const [type, format] of Object.entries(toJson)) {
    const moment = `(timestamp 'epoch' + $1::interval)::${type}`;
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: oldest, max: latest }), async (microseconds) => {
        const interval = `${microseconds / DAY} days ${microseconds % DAY} microseconds`;
        expect(readIso(JSON.parse(format(await printed(moment, interval))) as string)).toBe(microseconds);
      }),
      { numRuns: RUNS },
    );
  }
});

it("gives back every double", async () => {
  const toJson = await toJsonOf("float8");
  await fc.assert(
    fc.asyncProperty(fc.double(), async (value) => {
      const text = Object.is(value, -0) ? "-0" : String(value);
      const read: unknown = JSON.parse(toJson(await printed("$1::float8", text)));
      expect(Number(read)).toBe(value);
    }),
    { numRuns: RUNS },
  );
});

/** Microseconds since 1970. JavaScript wants six digits of a signed year, and has milliseconds only. */
function readIso(iso: string): bigint {
  const [, sign = "", year = "", rest = "", fraction = ""] = /^([+-]?)(\d+)(.{15})(?:\.(\d+))?Z$/.exec(iso) ?? [];
  const digits = sign === "" ? year : `${sign}${year.padStart(6, "0")}`;
  return BigInt(Date.parse(`${digits}${rest}Z`)) * 1000n + BigInt(fraction.padEnd(6, "0"));
}
