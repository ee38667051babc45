import { expect, it, vi } from "vitest";
import { InputRefusedError, StoreUnavailableError } from "../errors.js";
import { batchFailure, isNotFound, toStoreError } from "./failure.js";
import { openWeaviateStore } from "./store.js";

const URL = "http://weaviate.test:8080";
const thrown = (name: string, message: string, code?: number) =>
  toStoreError(Object.assign(new Error(message), { name, ...(code === undefined ? {} : { code }) }), URL);
const status = (code: number, message: string) =>
  thrown(
    "WeaviateUnexpectedStatusCodeError",
    `The request to Weaviate failed with status code: ${code} and message: {"error":[{"message":"${message}"}]}`,
    code,
  );
const grpc = (is: string, details: string) =>
  thrown(
    "WeaviateQueryError",
    `Query call with protocol gRPC failed with message: /weaviate.v1.Weaviate/Search ${is}: ${details}`,
  );

it("tries again what may pass", () => {
  for (const error of [
    thrown("WeaviateRequestTimeoutError", "Weaviate request timed out"),
    thrown("TypeError", "fetch failed"),
    status(503, "not ready"),
    status(422, "leader not found"),
    grpc("UNAVAILABLE", "No connection established"),
    grpc("UNKNOWN", "cannot reach consistency level QUORUM"),
    grpc("UNKNOWN", "store is read-only due to: disk usage too high"),
  ]) {
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error.message).toMatch(/^Weaviate at http:\/\/weaviate\.test:8080 /);
  }
});

it("says what Weaviate said of the rest", () => {
  const refused = status(422, "'No-good' is not a valid class name");
  expect(refused).toBeInstanceOf(InputRefusedError);
  expect(refused.message).toBe(
    "Weaviate at http://weaviate.test:8080 answered 422: 'No-good' is not a valid class name",
  );
  const missing = grpc("UNKNOWN", "could not find class Nope in schema");
  expect(missing.message).toBe("Weaviate at http://weaviate.test:8080 failed: could not find class Nope in schema");
  expect(missing).not.toBeInstanceOf(StoreUnavailableError);
  for (const error of [thrown("WeaviateUnauthenticatedError", "no"), grpc("UNAUTHENTICATED", "no")])
    expect(error.message).toMatch(/set FRESHET_WEAVIATE_API_KEY/);
  const own = new RangeError("a defect");
  expect(toStoreError(own, URL)).toBe(own);
});

it("knows what isn't there", () => {
  expect([404, 422].map((code) => isNotFound(status(code, "").cause))).toEqual([true, false]);
});

it("gives up points only for what they are", () => {
  const wrong = "new node has a vector with length 3: vector dimensions do not match the index dimensions";
  const refused = batchFailure(new Map([["a", wrong]]), URL);
  expect(refused).toBeInstanceOf(InputRefusedError);
  expect(refused).toMatchObject({ ids: ["a"] });
  const trouble = new Map([
    ["a", wrong],
    ["b", "store is read-only due to: manually set by user"],
  ]);
  expect(batchFailure(trouble, URL)).toBeInstanceOf(StoreUnavailableError);
  expect(batchFailure(new Map([["a", "what nobody has seen"]]), URL)).toBeInstanceOf(StoreUnavailableError);
});

it("says where nobody answers, each time anew", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  const store = await openWeaviateStore({ url: "http://127.0.0.1:9", grpcUrl: "http://127.0.0.1:9" });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const failure = store.resolveAlias("books");
    await expect(failure).rejects.toThrow(StoreUnavailableError);
    await expect(failure).rejects.toThrow(/^Weaviate at http:\/\/127\.0\.0\.1:9 doesn't answer/);
  }
  await store.close();
});
