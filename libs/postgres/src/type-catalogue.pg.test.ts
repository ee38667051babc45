import { createDatabase } from "@freshet/local-stack/testing";
import { expect, it, onTestFinished } from "vitest";
import { Session } from "./session.js";
import { readTypes, type PostgresType } from "./type-catalogue.js";

/** `kind name`, and what it is made of. */
function summary(type: PostgresType): unknown {
  const own = `${type.kind} ${type.schema}.${type.name}`;
  if (type.kind === "domain") return [own, summary(type.base)];
  return type.kind === "array" ? [own, type.element.delimiter, summary(type.element)] : own;
}

it("tells what every kind of type is made of", async () => {
  const session = await Session.open({ connectionString: (await createDatabase()).url, applicationName: "test" });
  onTestFinished(() => session.close());
  await session.rows(`CREATE TYPE public.mood AS ENUM ('sad'); CREATE TYPE public.pair AS (a int);
    CREATE TYPE public.span AS RANGE (subtype = int8); CREATE DOMAIN public.small AS int;
    CREATE DOMAIN public.smaller AS public.small; CREATE DOMAIN public.moods AS public.mood[]`);
  const names = ["int8", "public.mood", "public.pair", "public.span", "public.span_multirange", "public.smaller[]"];
  const oids = await session.rows("SELECT unnest($1::text[])::regtype::oid", [
    `{${[...names, "public.moods", "box[]", "int2vector", "point"].join(",")}}`,
  ]);
  const wanted = oids.map(([oid]) => Number(oid));
  const types = await readTypes(session, [...wanted, 4_000_000_000]);
  expect([...types.keys()]).toEqual(wanted);
  expect(wanted.map((oid) => types.get(oid)).map((type) => type && summary(type))).toEqual([
    "base pg_catalog.int8",
    "enum public.mood",
    "composite public.pair",
    "range public.span",
    "multirange public.span_multirange",
    ["array public._smaller", ",", ["domain public.smaller", ["domain public.small", "base pg_catalog.int4"]]],
    ["domain public.moods", ["array public._mood", ",", "enum public.mood"]],
    ["array pg_catalog._box", ";", "base pg_catalog.box"],
    "base pg_catalog.int2vector",
    "base pg_catalog.point",
  ]);
});
