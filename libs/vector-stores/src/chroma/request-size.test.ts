import { expect, it } from "vitest";
import { point } from "../contract/sample.js";
import { toRecords } from "./point.js";
import { requestsOf } from "./request-size.js";

const DIMENSIONS = 3_072;

it("makes requests that Chroma takes of long texts, columns and vectors", () => {
  const text = "€".repeat(2_000);
  const points = Array.from({ length: 1_500 }, (_, id) => point({ key: { id }, text, payload: { lang: text } }));
  const records = toRecords(points, { lang: "keyword" });
  const embedding = Array.from({ length: DIMENSIONS }, () => -Math.PI / 1e7);
  const requests = [...requestsOf(records, { most: 5_000, dimensions: DIMENSIONS })];
  for (const some of requests) {
    const [ids, metadatas, documents] = [
      some.map(({ id }) => id),
      some.map(({ metadata }) => metadata),
      some.map(({ document }) => document),
    ];
    const bytes = Buffer.byteLength(JSON.stringify({ ids, metadatas, documents }));
    const vectors = some.length * Buffer.byteLength(JSON.stringify(embedding));
    expect(bytes + vectors).toBeLessThan(40 * 1024 * 1024);
  }
  expect(requests.flat()).toEqual(records);
  expect([...requestsOf(records, { most: 5_000, dimensions: 0 })].length).toBeLessThan(requests.length);
});
