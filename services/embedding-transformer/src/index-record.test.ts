import { configurationSchema } from "@freshet/process/configuration";
import { definitionOf, encodeDefinition } from "@freshet/generations/definition";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import type { JsonValue } from "@freshet/schemas/lossless-json";
import { expect, it } from "vitest";
import { recordAtStart } from "./index-record.js";

function configured(settings: object = {}) {
  const configuration = configurationSchema.parse({
    source: { tables: ["public.books"] },
    models: { small: { provider: "local", name: "small" } },
    stores: { main: { kind: "zvec" } },
    indexes: {
      books: {
        table: "public.books",
        text: "{{ title }}",
        payload: ["year"],
        model: "small",
        stores: ["main"],
        ...settings,
      },
    },
  });
  return definitionOf(configuration, "books");
}

function generation(number: number, settings: object = {}) {
  return {
    number,
    documents: number,
    definition: encodeDefinition(configured(settings)),
    createdAt: 7,
    dropping: false,
  };
}

function recorded(more: Partial<GenerationsState> = {}): GenerationsState {
  const generations = [generation(1), generation(2, { text: "{{ body }}" })];
  return {
    kind: "generations",
    index: "books",
    serving: 1,
    generations,
    last: 2,
    reindex: null,
    updatedAt: 7,
    ...more,
  };
}

const start = (state: GenerationsState | undefined, settings?: object) => {
  const { record, changes } = recordAtStart({ index: "books", state, configured: configured(settings), now: 9 });
  return { record, changed: changes.map(({ setting }) => setting) };
};
const HARMLESS = { filterable: { year: "integer" } };
const building = { generation: 2, step: "filling", startedAt: 8 } as const;

it("is as configured when there is none, and left alone when it says the same", () => {
  const { record, changed } = start(undefined, HARMLESS);
  expect(changed).toEqual([]);
  expect(record).toEqual({
    ...{ kind: "generations", index: "books", serving: 1, last: 1, reindex: null, updatedAt: 9 },
    generations: [{ ...generation(1, HARMLESS), createdAt: 9 }],
  });
  expect(start(recorded())).toEqual({ record: null, changed: [] });
});

it("takes over what no document and no collection is different by, for the generation that serves", () => {
  const { record, changed } = start(recorded(), HARMLESS);
  expect(changed).toEqual([]);
  expect(record).toEqual(
    recorded({ generations: [generation(1, HARMLESS), ...recorded().generations.slice(1)], updatedAt: 9 }),
  );
  expect(start(recorded({ reindex: building }), HARMLESS)).toEqual({ record: null, changed: [] });
});

it("stays, and the change is told, when another generation is asked for that isn't being built", () => {
  const both = { ...HARMLESS, text: "{{ title }} {{ body }}" };
  expect(start(recorded(), both)).toEqual({ record: null, changed: ["text"] });
  expect(start(recorded(), { text: "{{ body }}" })).toEqual({ record: null, changed: ["text"] });
  expect(start(recorded({ reindex: building }), { text: "{{ body }}" })).toEqual({ record: null, changed: [] });
  expect(start(recorded({ reindex: building }), both)).toEqual({ record: null, changed: ["text"] });
  expect(start(recorded({ serving: 2 }), { text: "{{ body }}" })).toEqual({ record: null, changed: [] });
});

it("isn't written for a default alone that a newer version has, which older ones couldn't read", () => {
  const { index, ...rest } = generation(1).definition as { index: Record<string, JsonValue> };
  const { hybrid, ...older } = index;
  expect(hybrid).toBe(false);
  const state = recorded({ generations: [{ ...generation(1), definition: { ...rest, index: older } }] });
  expect(start(state)).toEqual({ record: null, changed: [] });
});
