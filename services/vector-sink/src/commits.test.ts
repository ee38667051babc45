import { encodeState } from "@freshet/schemas/service-state";
import { expect, it } from "vitest";
import { lastCommits } from "./commits.js";

it("tells times that can be published, also of a program that counts parts of a millisecond", () => {
  const position = { epoch: 1, commitLsn: 100n, seq: 1 };
  const value = { op: "truncate", table: "public.books", position, committedAt: 17.25 } as const;
  const { last, committedAt } = lastCommits([{ value, partition: 3 }]);
  expect(committedAt).toEqual({ oldest: 17, newest: 17 });
  const [[partition = 0, commit] = []] = last;
  const state = { kind: "applied", store: "main", index: "books", generation: 1, partition, appliedAt: 18 } as const;
  expect(commit && encodeState({ ...state, ...commit })).toContain('"committedAt":17');
});
