import { Errors } from "@pinecone-database/pinecone";
import { expect, it } from "vitest";
import { VECTORS } from "../contract/sample.js";
import { CollectionMismatchError, InputRefusedError, StoreUnavailableError } from "../errors.js";
import { requireFields, toScore } from "./catalog.js";
import { isNotFound, toStoreError } from "./failure.js";
import { openPineconeStore } from "./store.js";

const answered = (status: number, message = "so it is") => {
  try {
    return toStoreError(Errors.mapHttpStatusError({ status, message, url: "https://pinecone.test" }));
  } catch (unmapped) {
    return toStoreError(unmapped);
  }
};

it("tries again what may pass, and says what Pinecone said", () => {
  for (const status of [408, 429, 500, 502, 503]) expect(answered(status)).toBeInstanceOf(StoreUnavailableError);
  for (const status of [400, 422]) expect(answered(status)).toBeInstanceOf(InputRefusedError);
  expect(answered(400).message).toBe("Pinecone answered: so it is");
  const other = answered(409);
  expect(other).not.toBeInstanceOf(StoreUnavailableError);
  expect(other).not.toBeInstanceOf(InputRefusedError);
  expect(toStoreError(new Errors.PineconeMaxRetriesExceededError(0))).toBeInstanceOf(StoreUnavailableError);
  expect(toStoreError(new Errors.PineconeConnectionError(new Error("gone")))).toBeInstanceOf(StoreUnavailableError);
});

it("says what to do about the key", () => {
  expect(answered(401).message).toMatch(/set FRESHET_PINECONE_API_KEY/);
  expect(answered(403, "Forbidden").message).toMatch(/set FRESHET_PINECONE_API_KEY/);
  expect(() => openPineconeStore({})).toThrow(/set FRESHET_PINECONE_API_KEY/);
});

it("knows what isn't there, and leaves errors of our own as they are", () => {
  expect(isNotFound(answered(404))).toBe(true);
  expect(isNotFound(answered(400))).toBe(false);
  const own = new TypeError("a defect");
  expect(toStoreError(own)).toBe(own);
});

it("counts no answer as unavailable", async () => {
  const store = openPineconeStore({ url: "http://127.0.0.1:9", apiKey: "none" });
  await expect(store.resolveAlias("books")).rejects.toThrow(StoreUnavailableError);
  await store.close();
});

it("refuses columns that Pinecone hasn't indexed from the start, with the cure", () => {
  const spec = (fields: Record<string, "keyword" | "integer">) => ({
    name: "books",
    ...VECTORS,
    features: { fields, tenant: null, hybrid: false },
  });
  const stored = spec({ title: "keyword", year: "integer" });
  expect(() => requireFields(stored, spec({ year: "integer" }))).not.toThrow();
  expect(() => requireFields(stored, spec({ year: "keyword" }))).toThrow(CollectionMismatchError);
  expect(() => requireFields(stored, spec({ price: "integer" }))).toThrow(/another name in freshet\.yaml/);
});

it("gives the distance, not its square, below zero", () => {
  expect([toScore(9, "euclid"), toScore(0.5, "dot")]).toEqual([-3, 0.5]);
});
