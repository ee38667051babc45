import { QdrantClientResourceExhaustedError } from "@qdrant/js-client-rest";
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
  expect(answered(404, "Not found: Collection `books` doesn't exist!").message).toMatch(/restart the sink/);
});

it("says what helps where the server can't be written to", () => {
  expect(answered(401, "Invalid API key or JWT").message).toMatch(/correct FRESHET_QDRANT_API_KEY/);
  expect(answered(403, "Forbidden: Global manage access is required").message).toMatch(/give .* a key that may/);
  const full = answered(
    500,
    "Service internal error: No space left on device: WAL buffer size exceeds available disk space",
  );
  expect(full).toBeInstanceOf(StoreUnavailableError);
  expect(full.message).toMatch(/make room, and writing goes on/);
  const limited = toStoreError(new QdrantClientResourceExhaustedError("Too Many Requests", "3"), URL);
  expect(limited).toBeInstanceOf(StoreUnavailableError);
  expect(limited.message).toBe("Qdrant at http://qdrant.test answered 429: Too Many Requests");
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
