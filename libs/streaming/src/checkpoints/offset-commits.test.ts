import { Registry } from "prom-client";
import { expect, test, vi } from "vitest";
import { AssignmentEndedError } from "../assignment/assignment.js";
import type { Retry } from "../batches/batch-run.js";
import type { TopicOffsets } from "./checkpoint-offsets.js";
import { COMMIT_AT_ONCE } from "./commit-schedule.js";
import { FatalError } from "../errors.js";
import { StreamMetrics } from "../metrics.js";
import { OffsetCommits } from "./offset-commits.js";
import type { Generation, RecordBatch } from "../assignment/record-source.js";
import { silentLogger } from "../testing/broker.js";

const once: Retry = async (_stage, work) => work(1);

/** A generation whose commits wait until they are let go. */
function scene(limits = COMMIT_AT_ONCE) {
  const commits: { offsets: readonly TopicOffsets[]; succeed: () => void; fail: (error: Error) => void }[] = [];
  const revocation = new AbortController();
  const generation: Generation = {
    context: { gate: { check: () => undefined }, signal: new AbortController().signal },
    revoked: revocation.signal,
    unfenced: () => Promise.resolve(),
    committed: () => undefined,
    commit: (offsets) =>
      new Promise((resolve, reject) => void commits.push({ offsets, succeed: resolve, fail: reject })),
  };
  const onFailure = vi.fn();
  const metrics = new StreamMetrics(new Registry());
  const written = new OffsetCommits({ group: "g", limits, metrics, logger: silentLogger, onFailure });
  const ended: bigint[] = [];
  const add = (offset: bigint, of = generation) => {
    const record = { topic: "t", partition: 0, offset, key: null, value: null, headers: {}, rawHeaders: [] };
    const batch: RecordBatch = {
      records: [{ ...record, timestamp: 0, bytes: 0 }],
      generation: of,
      release: () => undefined,
      end: () => void ended.push(offset),
    };
    written.add(batch, once);
  };
  const offsets = () => commits.map((commit) => commit.offsets[0]?.partitions[0]?.offset);
  return { written, commits, generation, revocation, onFailure, ended, add, offsets };
}

test("what is done while a commit is on its way is committed together, behind it", async () => {
  const { written, commits, ended, add, offsets } = scene();
  add(0n);
  add(1n);
  add(2n);
  expect(offsets()).toEqual(["1"]);
  expect(ended).toEqual([]);
  commits[0]?.succeed();
  await vi.waitFor(() => expect(offsets()).toEqual(["1", "3"]));
  expect(ended).toEqual([0n]);
  commits[1]?.succeed();
  await written.flush();
  expect(ended).toEqual([0n, 1n, 2n]);
});

test("a flush doesn't wait for more, and neither does a revocation", async () => {
  const { written, commits, add, offsets, revocation } = scene({ maxRecords: 100, maxWaitMs: 600_000 });
  add(0n);
  expect(offsets()).toEqual([]);
  const flushed = written.flush();
  await vi.waitFor(() => expect(offsets()).toEqual(["1"]));
  commits[0]?.succeed();
  await flushed;
  add(1n);
  expect(offsets()).toEqual(["1"]);
  revocation.abort();
  await vi.waitFor(() => expect(offsets()).toEqual(["1", "2"]));
});

test("the partitions' loss gives the batches up, and ends nothing else", async () => {
  const { written, commits, ended, add, onFailure } = scene();
  add(0n);
  commits[0]?.fail(new AssignmentEndedError("The group is rebalancing."));
  await written.flush();
  expect(ended).toEqual([0n]);
  expect(onFailure).not.toHaveBeenCalled();
});

test("what an earlier generation has left is given up when the next one is first done", () => {
  const { ended, add, generation, offsets } = scene({ maxRecords: 100, maxWaitMs: 600_000 });
  add(0n);
  add(1n, { ...generation });
  expect({ ended, offsets: offsets() }).toEqual({ ended: [0n], offsets: [] });
});

test("a commit that never will succeed is told at once, and by the flush", async () => {
  const { written, commits, add, onFailure } = scene();
  add(0n);
  const error = new FatalError("Kafka refuses this client the consumer group g: grant it Read on the group.");
  commits[0]?.fail(error);
  await expect(written.flush()).rejects.toBe(error);
  expect(onFailure).toHaveBeenCalledExactlyOnceWith(error);
});
