import type { GenerationsState } from "@freshet/schemas/index-generations";
import { decodeState, encodeState } from "@freshet/schemas/service-state";
import { expect, it } from "vitest";
import { definitionOf, encodeDefinition, parseDefinition } from "./definition.js";
import { configurationWith } from "./testing/configuration.js";

const TABLES = [
  'public."a.b"',
  '"we ird"."ta""ble"',
  '"a\nb"."."',
  "public.Bücher",
  `p."'; DROP TABLE x"`,
  '"""".""""',
];

const INDEXES: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  [
    "with many settings",
    {
      ...{ text: "{{ title }}: 12345678901234567890 \u0000 \u2028", where: "price > 10", payload: ["title", "year"] },
      ...{ filterable: { year: "integer" }, tenant: "title", hybrid: true, chunking: { maxTokens: 64 } },
    },
  ],
  ["of a topic", { topic: "notes", format: "debezium", key: ["id"], model: "openai", chunking: false }],
  ["in partitions", { topic: "t", payload: ["d"], partitionBy: { column: "d", every: "month" }, model: "tei" }],
  ...TABLES.map((table): [string, Readonly<Record<string, unknown>>] => [`of ${table}`, { table }]),
];
it.each(INDEXES)("comes back from the state topic as it was: an index %s", (_, index) => {
  const configuration = configurationWith(index, { stores: { other: { kind: "qdrant", distance: "dot" } } });
  const definition = definitionOf(configuration, "books");
  const generation = {
    number: 1,
    documents: 1,
    definition: encodeDefinition(definition),
    createdAt: 1,
    dropping: false,
  };
  const state: GenerationsState = {
    ...{ kind: "generations", index: "books", serving: 1, generations: [generation] },
    ...{ last: 1, reindex: null, updatedAt: 1 },
  };
  const read = decodeState(encodeState(state));
  expect(read).toEqual(state);
  const [one] = read.kind === "generations" ? read.generations : [];
  expect(parseDefinition(one?.definition ?? {})).toEqual(definition);
});

it("isn't taken for known when it has what this version doesn't know", () => {
  const { index, ...rest } = encodeDefinition(definitionOf(configurationWith({}), "books"));
  expect(() => parseDefinition({ ...rest, index: { ...(index as object), novelty: true } })).toThrow("novelty");
});
