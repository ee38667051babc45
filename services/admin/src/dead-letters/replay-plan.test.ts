import { expect, it } from "vitest";
import { letter } from "../testing/letters.js";
import { configurationSchema } from "@freshet/process/configuration";
import { runningGenerations } from "@freshet/generations/running-generation";
import { definition, generationsState } from "../reindex/testing/generations.js";
import { planReplay, rowTopics } from "./replay-plan.js";

const tables = new Map([
  ["cdc.public.books", "public.books"],
  ["legacy", "public.orders"],
  ["embeddings.books", "public.books"],
]);
const plan = (topic: string | null, key: string | Buffer | null, hasBody = true) =>
  planReplay(letter({ topic, key, hasBody }), tables);

it("captures a row again wherever its message comes from, and sends everything else", () => {
  expect(plan("cdc.public.books", '{"id": 9007199254740993}')).toEqual({
    kind: "capture",
    table: "public.books",
    key: { id: 9007199254740993n },
  });
  expect(plan("embeddings.books", '{"id":1}', false)).toMatchObject({ kind: "capture", table: "public.books" });
  expect(plan("legacy", '{"id":1}')).toMatchObject({ kind: "capture", table: "public.orders" });
  expect(plan("orders", '{"id":1}')).toEqual({ kind: "send", topic: "orders" });
});

it.each([
  ["cdc.public.books", '{"$freshet":"truncate"}', "control message"],
  ["cdc.public.books", "[1]", "names no row"],
  ["cdc.public.books", "{}", "names no row"],
  ["cdc.public.books", Buffer.from([0xff]), "names no row"],
  ["cdc.public.books", null, "names no row"],
  ["cdc.public.gone", '{"id":1}', "in this configuration"],
  ["embeddings.gone", '{"id":1}', "in this configuration"],
  [null, '{"id":1}', "where it comes from"],
])("leaves alone what it can't bring back (%s %s)", (topic, key, why) => {
  expect(plan(topic, key)).toEqual({ kind: "leave", why: expect.stringContaining(why) as string });
});

it("never sends a body that is missing, which would be a deletion", () => {
  expect(plan("orders", "a", false)).toMatchObject({ kind: "leave" });
});

it("knows the documents of every generation", () => {
  const { index, model } = definition();
  const stores = { main: { kind: "zvec" }, other: { kind: "zvec" } } as const;
  const configuration = configurationSchema.parse({
    ...{ source: { tables: ["public.books"] }, models: { a: model }, stores },
    indexes: { books: { ...index, table: "public.books" } },
  });
  const generations = runningGenerations(configuration, "books", generationsState([1, 3]));
  expect([...rowTopics(configuration, generations)]).toEqual([
    ["cdc.public.books", "public.books"],
    ["embeddings.books", "public.books"],
    ["embeddings.books.3", "public.books"],
  ]);
});
