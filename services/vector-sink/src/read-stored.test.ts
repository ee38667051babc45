import { pointId } from "@freshet/vector-stores/point-id";
import type { PointMetadata } from "@freshet/vector-stores/vector-store";
import { expect, it } from "vitest";
import { newestChanges } from "./plan/newest-change.js";
import { readStored } from "./read-stored.js";

const position = { epoch: 1, commitLsn: 1n, seq: 1 };

/** A row of which these chunks are stored, each of which says that the row has two. */
async function found(chunks: readonly number[], { repair }: { readonly repair: boolean }): Promise<number[]> {
  const points = new Map(
    chunks.map((chunk): [string, PointMetadata] => {
      const row = { index: "books", table: "public.books", key: "{}", partition: 0, position, rowHash: null };
      return [
        pointId("books", "{}", chunk),
        { ...row, chunk, chunks: 2, textHash: "text", committedAt: 0, indexedAt: 0 },
      ];
    }),
  );
  const source = { table: "public.books", key: {}, position, rowHash: null, committedAt: 0 };
  const value = { op: "delete", source: repair ? { ...source, repair } : source } as const;
  const stored = await readStored(newestChanges("books", [{ place: 0, key: "{}", partition: 0, value }]), {
    index: "books",
    collection: "books",
    store: {
      read: (_, ids) =>
        Promise.resolve(
          new Map(
            ids.flatMap((id) => {
              const point = points.get(id);
              return point ? [[id, point]] : [];
            }),
          ),
        ),
    },
  });
  return [...stored.values()].map(({ chunk }) => chunk).sort((a, b) => a - b);
}

it("looks for a repaired row's chunks until a run finds none", async () => {
  const chunks = [0, 1, 2, 40, 100, 300];
  expect(await found(chunks, { repair: true })).toEqual([0, 2, 40, 100]);
  expect(await found(chunks, { repair: false })).toEqual([0]);
  expect(await found([3, 4], { repair: true })).toEqual([3, 4]);
});
