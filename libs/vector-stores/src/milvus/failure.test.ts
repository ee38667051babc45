import { expect, it } from "vitest";
import { InputRefusedError, StoreUnavailableError } from "../errors.js";
import { isNotFound, requireSuccess, toStoreError } from "./failure.js";
import { openMilvusStore } from "./store.js";

const URL = "http://milvus.test:19530";
const status = (code: number, error_code = "UnexpectedError", retriable = false) => ({
  status: { code, error_code, reason: "so it is", retriable, detail: "", extra_info: {} },
});
const answered = (...parts: Parameters<typeof status>) => toStoreError(status(...parts), URL);
const failed = (code: number, details: string) =>
  toStoreError(Object.assign(new Error(details), { code, details }), URL);

it("throws for an answer that is none, and for nothing else", () => {
  expect(() => requireSuccess(status(100))).toThrow("so it is");
  expect(() => requireSuccess({ error_code: "IllegalArgument", reason: "no" })).toThrow("no");
  expect(() => requireSuccess(status(0, "Success"))).not.toThrow();
  expect(() => requireSuccess({ data: [] })).not.toThrow();
});

it("tries again what may pass, and says what Milvus said", () => {
  for (const code of [2, 8, 9]) expect(answered(code)).toBeInstanceOf(StoreUnavailableError);
  expect(answered(503, "UnexpectedError", true)).toBeInstanceOf(StoreUnavailableError);
  expect(answered(101).message).toMatch(/load the collection/);
  expect(answered(1100)).toBeInstanceOf(InputRefusedError);
  expect(answered(6, "IllegalArgument")).toBeInstanceOf(InputRefusedError);
  expect(answered(1100).message).toBe("Milvus at http://milvus.test:19530 answered 1100: so it is");
  expect(answered(1401).message).toMatch(/set FRESHET_MILVUS_API_KEY/);
  const other = answered(2_200);
  expect(other).not.toBeInstanceOf(StoreUnavailableError);
  expect(other).not.toBeInstanceOf(InputRefusedError);
});

it("knows what isn't there", () => {
  for (const code of [100, 700, 1600]) expect(isNotFound(answered(code))).toBe(true);
  expect(isNotFound(answered(4, "CollectionNotExists"))).toBe(true);
  expect(isNotFound(answered(1100))).toBe(false);
  expect(isNotFound(new Error("other"))).toBe(false);
});

it("counts no answer as unavailable, and too large a request as refused", () => {
  for (const code of [4, 13, 14]) expect(failed(code, "gone")).toBeInstanceOf(StoreUnavailableError);
  expect(failed(8, "received message larger than max (70 vs. 67)")).toBeInstanceOf(InputRefusedError);
  expect(failed(8, "too many pings")).toBeInstanceOf(StoreUnavailableError);
  expect(failed(16, "auth check failure").message).toMatch(/set FRESHET_MILVUS_API_KEY/);
});

it("leaves errors of our own as they are", () => {
  const own = new TypeError("a defect");
  expect(toStoreError(own, URL)).toBe(own);
});

it("says where nobody answers, each time anew", async () => {
  const store = openMilvusStore({ url: "http://127.0.0.1:9" });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const failure = store.resolveAlias("books");
    await expect(failure).rejects.toThrow(StoreUnavailableError);
    await expect(failure).rejects.toThrow(/^Milvus at http:\/\/127\.0\.0\.1:9 doesn't answer/);
  }
  await store.close();
});
