import type { Generation, GenerationsState } from "@freshet/schemas/index-generations";
import { expect, it } from "vitest";
import { definitionOf, encodeDefinition } from "./definition.js";
import { runningDocuments } from "./running-documents.js";
import { runningGenerations } from "./running-generation.js";
import { configurationWith, MODELS } from "./testing/configuration.js";

const configuration = configurationWith({ text: "{{ title }}, newer" });

function generation(number: number, settings: object, more: Partial<Generation> = {}): Generation {
  const { models, ...index } = { models: MODELS, ...settings };
  const definition = encodeDefinition(definitionOf(configurationWith(index, { models }), "books"));
  return { number, documents: number, definition, createdAt: 1, dropping: false, ...more };
}

function running(generations: readonly Generation[], serving = 1) {
  const state: GenerationsState = {
    ...{ kind: "generations", index: "books", serving, generations: [...generations] },
    ...{ last: 9, reindex: null, updatedAt: 1 },
  };
  return runningGenerations(configuration, "books", state);
}

it("is the one of the configuration while nothing is recorded, and what is recorded from then on", () => {
  const first = { number: 1, documents: 1, serving: true, dropping: false, settings: { text: "{{ title }}, newer" } };
  expect(runningGenerations(configuration, "books", undefined)).toMatchObject([first]);
  expect(running([generation(1, {}), generation(2, { hybrid: true }, { documents: 1, dropping: true })])).toMatchObject(
    [
      { ...first, settings: { text: "{{ title }}" } },
      { number: 2, documents: 1, serving: false, dropping: true, settings: { hybrid: true } },
    ],
  );
});

it("has the model's present address where the configuration has it with the same vectors, and its stores", () => {
  const { local } = MODELS;
  const of = (model: object) => running([generation(1, { models: { local: model }, stores: ["main"] })])[0];
  expect(of({ ...local, hubUrl: "https://old.example" })?.model).toEqual(configuration.models["local"]);
  expect(of({ ...local, dtype: "fp32" })?.model).toMatchObject({ dtype: "fp32" });
  expect(of(local)?.settings.stores).toEqual(["main"]);
});

it("makes documents once for generations that share them, by the serving one's settings, and none for what is dropped", () => {
  const shared = [
    generation(1, {}),
    generation(2, { hybrid: true }, { documents: 1 }),
    generation(3, { text: "{{ body }}" }),
    generation(4, { text: "gone" }, { dropping: true }),
  ];
  const documents = [...runningDocuments(running(shared, 2)).values()];
  expect(documents).toMatchObject([
    { documents: 1, serving: true, settings: { hybrid: true } },
    { documents: 3, serving: false, settings: { text: "{{ body }}" } },
  ]);
  expect(documents).toHaveLength(2);
  const withoutFirst = shared.map((one) => (one.number === 1 ? { ...one, dropping: true } : one));
  const names = (generations: readonly Generation[]) => new Set(runningDocuments(running(generations, 2)).keys());
  expect(names(withoutFirst)).toEqual(names(shared));
});

it("has a name that another text or model changes, and what only a collection has doesn't", () => {
  const nameOf = (settings: object) => [...runningDocuments(running([generation(1, settings)])).keys()][0];
  const { local } = MODELS;
  expect(nameOf({ payload: ["a"], hybrid: true, filterable: { a: "integer" } })).toBe(nameOf({ payload: ["a"] }));
  const names = [{}, { text: "x" }, { models: { local: { ...local, dtype: "fp32" } } }, { chunking: false }].map(
    nameOf,
  );
  expect(new Set(names).size).toBe(4);
});
