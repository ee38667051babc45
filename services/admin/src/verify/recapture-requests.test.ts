import { expect, it } from "vitest";
import { snapshotCommands } from "../snapshot/snapshot-request.js";
import { recaptureRequests } from "./recapture-requests.js";

it.each([
  ["whole numbers", 50_000, (id: number) => ({ id }), 3],
  ["long texts", 30_000, (id: number) => ({ id: `${id} ${"ü".repeat(500)}` }), 8],
  ["one long text", 1, () => ({ id: "x".repeat(5_000_000) }), 1],
])("asks for rows of %s in requests that the producer takes", (_kind, count, keyOf, asked) => {
  const keys = Array.from({ length: count }, (_, id) => JSON.stringify(keyOf(id)));
  const context = { slot: "freshet", tables: [{ schema: "public", name: "books" }], newId: () => "id", now: 0 };
  const all = [...recaptureRequests("public.books", keys)];
  expect(all).toHaveLength(asked);
  const captured = all
    .flatMap((request) => snapshotCommands(request, context))
    .flatMap((command) => command.keys ?? []);
  expect(captured.map((key) => JSON.stringify(key))).toEqual(keys);
});
