import { definitionOf, encodeDefinition } from "@freshet/generations/definition";
import { runningGenerations } from "@freshet/generations/running-generation";
import { configurationSchema } from "@freshet/process/configuration";
import type { VectorStore } from "@freshet/vector-stores/vector-store";
import { expect, it } from "vitest";
import { sinkParts } from "./sink-parts.js";

const configuration = configurationSchema.parse({
  models: { small: { provider: "local", name: "small" } },
  stores: { main: { kind: "zvec" }, second: { kind: "zvec" }, unused: { kind: "zvec" } },
  indexes: { books: { topic: "rows", text: "{{ title }}", model: "small", stores: ["main", "second"] } },
});
// Nothing is asked of it.
const store = {} as VectorStore;
const stores = new Map(["main", "second", "unused"].map((name) => [name, store]));

function namesWith(serving: number, generations: readonly { readonly dropping?: boolean; readonly text?: string }[]) {
  const definition = definitionOf(configuration, "books");
  const recorded = generations.map(({ dropping = false, text = "{{ title }}" }, place) => {
    const encoded = encodeDefinition({ ...definition, index: { ...definition.index, text } });
    return { number: place + 1, documents: place + 1, definition: encoded, dropping, createdAt: 0 };
  });
  const state = { kind: "generations", index: "books", serving, generations: recorded, last: 2 } as const;
  return [
    ...sinkParts(stores, runningGenerations(configuration, "books", { ...state, reindex: null, updatedAt: 0 })).keys(),
  ];
}

it("has a part for each generation in each store of its index, before anything is recorded too", () => {
  const first = [...sinkParts(stores, runningGenerations(configuration, "books", undefined)).keys()];
  expect(first).toHaveLength(2);
  expect(namesWith(1, [{}])).toEqual(first);
  expect(new Set(namesWith(1, [{}, {}])).size).toBe(4);
});

it("goes on with a part when another generation is to serve, and not when it is to be done otherwise", () => {
  const names = namesWith(1, [{}, {}]);
  expect(namesWith(2, [{}, {}])).toEqual(names);
  const kept = (others: readonly string[]) => names.filter((name) => others.includes(name)).length;
  expect(kept(namesWith(1, [{}, { dropping: true }]))).toBe(2);
  expect(kept(namesWith(1, [{}, { text: "{{ name }}" }]))).toBe(2);
});
