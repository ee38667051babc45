import { expect, it } from "vitest";
import { VECTORS } from "../contract/sample.js";
import { CollectionMismatchError } from "../errors.js";
import {
  creation,
  indexesFor,
  requireSameLayout,
  requireVersion,
  specProperties,
  storedCollection,
  toScore,
} from "./collection.js";
import { rowsPerRequest } from "./request-size.js";

const spec = {
  name: "books",
  ...VECTORS,
  features: { fields: { shop: "keyword", year: "integer" }, tenant: "shop", hybrid: true },
} as const;
const wanted = { spec, language: "german" } as const;

it("reads back what it keeps with a collection, and knows none without", () => {
  const properties = Object.entries(specProperties(wanted)).map(([key, value]) => ({ key, value }));
  expect(storedCollection("books", { properties })).toEqual(wanted);
  expect(storedCollection("books", { properties: [] })).toBeNull();
});

it("makes the tenant the partition key, and lets Milvus count the words", () => {
  const { fields, functions } = creation(wanted);
  const field = (name: string) => fields.find((some) => some.name === name);
  expect(field("tenant")).toMatchObject({ is_partition_key: true });
  expect(field("words")).toMatchObject({ enable_analyzer: true, analyzer_params: { tokenizer: "whitespace" } });
  expect(functions).toMatchObject([{ type: "BM25", input_field_names: ["words"], output_field_names: ["terms"] }]);
  const plain = creation({ spec: { name: "books", ...VECTORS }, language: null });
  expect(plain.fields.map(({ name }) => name)).not.toContain("terms");
  expect(plain.functions).toBeUndefined();
});

it("indexes each column under a name of its own, and the vectors as they are to be", () => {
  const indexes = indexesFor(wanted, { hnsw: { m: 8 }, quantization: "sq8" });
  expect(indexes.find(({ field_name: field }) => field === "vector")).toMatchObject({
    index_type: "HNSW_SQ",
    metric_type: "COSINE",
    params: { M: 8, sq_type: "SQ8" },
  });
  expect(indexes.filter(({ field_name: field }) => field === "payload")).toMatchObject([
    { index_name: "column_shop", params: { json_path: 'payload["shop"]', json_cast_type: "varchar" } },
    { index_name: "column_year", params: { json_path: 'payload["year"]', json_cast_type: "double" } },
  ]);
  const [vector] = indexesFor(wanted, {});
  expect(vector?.index_type).toBe("AUTOINDEX");
});

it.each([
  ["tenant", { tenant: null }, /set its tenant back/],
  ["type of a column", { fields: { year: "float" } }, /set the column's type back/],
] as const)("refuses another %s, with the cure", (_what, features, cure) => {
  const other = { ...spec, features: { ...spec.features, ...features } };
  expect(() => requireSameLayout(spec, other)).toThrow(CollectionMismatchError);
  expect(() => requireSameLayout(spec, other)).toThrow(cure);
  expect(() => requireSameLayout(spec, spec)).not.toThrow();
});

it("refuses servers without partial updates", () => {
  for (const old of ["2.5.27", "v2.6.1", "v1.9.9", ""]) expect(() => requireVersion(old)).toThrow(/too old/);
  for (const good of ["2.6.2", "v2.6.10", "v2.7.0-dev", "v3.0.0"]) expect(() => requireVersion(good)).not.toThrow();
});

it("gives the distance, not its square, below zero", () => {
  expect(toScore(9, "euclid")).toBe(-3);
  expect(toScore(0.5, "cosine")).toBe(0.5);
});

it("sends fewer of the longer rows", () => {
  const [usual, longest] = [rowsPerRequest(384), rowsPerRequest(32_768)];
  expect(usual).toBeGreaterThan(150);
  expect(longest * (32_768 * 4 + 4 * 65_536)).toBeLessThan(64_000_000);
});
