import { decodeEmbeddedMessage, type UpsertDocument } from "@freshet/schemas/embedded-document";
import { decodeRowKey, encodeRowKey } from "@freshet/schemas/row-key";
import { expect, it } from "vitest";
import { Rows } from "./rows.js";
import { clusteredVectors } from "./vectors.js";

const rows = new Rows("films", clusteredVectors(7, 1), ["a text", "another"]);

function decoded(record: ReturnType<Rows["snapshot"]>[number] | undefined): UpsertDocument {
  const message = decodeEmbeddedMessage({ value: record?.value?.toString() ?? null, headers: {} });
  if (message.op !== "upsert") throw new Error(`It is a ${message.op}.`);
  return message;
}

it("says in messages what it says in points", () => {
  const [point] = rows.points(3, 4);
  const [record] = rows.snapshot(3, 4);
  const { source, chunks, payload } = decoded(record);
  expect(encodeRowKey(decodeRowKey(record?.key?.toString() ?? ""))).toBe(point?.metadata.key);
  expect(chunks[0]).toMatchObject({ text: point?.text, vector: point?.vector, textHash: point?.metadata.textHash });
  expect({ payload, position: source.position }).toEqual({
    payload: point?.payload,
    position: point?.metadata.position,
  });
  expect(record?.partition).toBe(point?.metadata.partition);
  expect(rows.id(3)).toBe(point?.id);
});

it("changes other columns than the text's, at later positions", () => {
  const before = decoded(rows.snapshot(3, 4)[0]);
  const [first, second] = [1, 2].map((version) => decoded(rows.payloadUpdates(3, 4, version)[0]));
  for (const update of [first, second]) expect(update?.chunks).toEqual(before.chunks);
  expect(first?.payload).not.toEqual(before.payload);
  expect(second?.payload).not.toEqual(first?.payload);
  expect(second?.source.position.commitLsn).toBeGreaterThan(first?.source.position.commitLsn ?? Infinity);
  expect(first?.source.position.commitLsn).toBeGreaterThan(before.source.position.commitLsn);
});

it("parts the rows without leaving one out", () => {
  expect(rows.parts(3)).toEqual([
    { start: 0, end: 2 },
    { start: 2, end: 4 },
    { start: 4, end: 7 },
  ]);
});
