import { expect, it } from "vitest";
import { InputRefusedError, StoreUnavailableError } from "../errors.js";
import { requireVersion } from "./collection.js";
import { openQdrantStore } from "./store.js";
import { toStoreError } from "./failure.js";

const URL = "http://qdrant.test";
const answered = (status: number, error: string) =>
  toStoreError(Object.assign(new Error("Bad Request"), { status, data: { status: { error } } }), URL);

it("tries again what may pass, and says what Qdrant said", () => {
  for (const status of [408, 429, 500, 503]) expect(answered(status, "busy")).toBeInstanceOf(StoreUnavailableError);
  const refused = answered(400, "Vector dimension error");
  expect(refused).toBeInstanceOf(InputRefusedError);
  expect(refused.message).toBe("Qdrant at http://qdrant.test answered 400: Vector dimension error");
  expect(answered(401, "Must provide an API key").message).toMatch(/set FRESHET_QDRANT_API_KEY/);
});

it("counts no answer as unavailable", async () => {
  const store = openQdrantStore({ url: "http://127.0.0.1:9" });
  await expect(store.resolveAlias("books")).rejects.toThrow(StoreUnavailableError);
  await expect(store.resolveAlias("books")).rejects.toThrow(/^Qdrant at http:\/\/127\.0\.0\.1:9 doesn't answer/);
});

it("leaves errors of our own as they are", () => {
  const own = new TypeError("a defect");
  expect(toStoreError(own, URL)).toBe(own);
});

it("refuses servers that would ignore the conditions", () => {
  expect(() => requireVersion("1.15.6")).toThrow(/1\.15\.6 is too old/);
  expect(() => requireVersion("1.16.0")).not.toThrow();
  expect(() => requireVersion("2.0.0-dev")).not.toThrow();
});
