import { randomName } from "@freshet/local-stack/testing";
import { Registry } from "prom-client";
import { expect, test, vi } from "vitest";
import { FatalError } from "../errors.js";
import type { Message } from "../message.js";
import { createApplication, LIMITS, start, WAIT } from "../testing/applications.js";
import { createTopic, number, produce, testAdmin, topicOf } from "../testing/broker.js";

type Batch = readonly Message<string, number>[];

/** A sink whose writes are held until they are let go. */
function heldSink() {
  const open: { batch: Batch; letGo: () => void }[] = [];
  const batches: Batch[] = [];
  const write = (batch: Batch) =>
    new Promise<void>((resolve) => {
      batches.push(batch);
      const held = { batch, letGo: () => resolve(void open.splice(open.indexOf(held), 1)) };
      open.push(held);
    });
  return { open, batches, write };
}

const at = (topic: string, partition: number, value: number) => ({
  ...{ topic, partition, key: String(partition), value: String(value) },
});

async function committed(group: string, topic: string): Promise<(bigint | null)[]> {
  const { partitions } = await (await testAdmin()).groupProgress(group, [topic]);
  return [...partitions].sort((a, b) => a.partition - b.partition).map((progress) => progress.committed);
}

test("works on batches of several partitions at a time, on a partition's one after the other", async () => {
  const input = await createTopic(2);
  const group = randomName("group");
  const sink = heldSink();
  await produce([0, 1].flatMap((partition) => [at(input, partition, 1), at(input, partition, 2)]));
  const application = createApplication({ consumerGroup: group, concurrency: 2 });
  application.dataframe(topicOf(input, number)).sink(sink, { ...LIMITS, maxItems: 1 });
  start(application);

  await vi.waitUntil(() => sink.open.length === 2, WAIT);
  expect(sink.open.map(({ batch }) => batch[0]?.partition).sort()).toEqual([0, 1]);
  // The second of partition 1 overtakes the first of partition 0, and is committed.
  for (const value of [1, 2]) {
    const ofPartition1 = () => sink.open.find(({ batch }) => batch[0]?.partition === 1 && batch[0].value === value);
    await vi.waitUntil(() => ofPartition1() !== undefined, WAIT);
    ofPartition1()?.letGo();
  }
  await vi.waitUntil(async () => (await committed(group, input))[1] === 2n, WAIT);
  expect({ open: sink.open.length, committed: await committed(group, input) }).toEqual({
    open: 1,
    committed: [null, 2n],
  });
  for (const value of [1, 2]) {
    await vi.waitUntil(() => sink.open[0]?.batch[0]?.value === value, WAIT);
    sink.open[0]?.letGo();
  }
  await vi.waitUntil(async () => (await committed(group, input))[0] === 2n, WAIT);
});

test("commits when enough records are done, and the rest at the end", async () => {
  const input = await createTopic(1);
  const consumerGroup = randomName("group");
  await produce(Array.from({ length: 25 }, (_, index) => at(input, 0, index)));
  const registry = new Registry();
  const commit = { maxRecords: 10, maxWaitMs: 600_000 };
  const application = createApplication({ consumerGroup, registry, commit });
  application.dataframe(topicOf(input, number)).sink({ write: () => Promise.resolve() }, { ...LIMITS, maxItems: 1 });
  const commits = async () =>
    Number(/commit_duration_seconds_count\{[^}]*\} (\d+)/.exec(await registry.metrics())?.[1]);
  const running = start(application);
  await vi.waitUntil(async () => Number((await committed(consumerGroup, input))[0]) >= 20, WAIT);
  expect(await commits()).toBeLessThanOrEqual(2);
  await running.stop();
  expect(await commits()).toBeLessThanOrEqual(3);
  expect(await committed(consumerGroup, input)).toEqual([25n]);
});

test("ends after as many records as were asked for, and goes on there the next time until nothing more comes", async () => {
  const input = await createTopic(1);
  const consumerGroup = randomName("group");
  await produce(Array.from({ length: 10 }, (_, index) => at(input, 0, index)));
  const read = async (options: { count?: number; timeoutMs?: number }) => {
    const seen: number[] = [];
    const application = createApplication({ consumerGroup });
    application.dataframe(topicOf(input, number)).update((value) => void seen.push(value));
    await application.run(options);
    return seen;
  };
  expect(await read({ count: 4 })).toEqual([0, 1, 2, 3]);
  expect(await committed(consumerGroup, input)).toEqual([4n]);
  expect(await read({ timeoutMs: 300 })).toEqual([4, 5, 6, 7, 8, 9]);
  expect(await read({ timeoutMs: 300 })).toEqual([]);
});

test("waits for what is in work before it finds that nothing more comes", async () => {
  const input = await createTopic(1);
  const sink = heldSink();
  await produce([1, 2].map((value) => at(input, 0, value)));
  const application = createApplication({ concurrency: 2 });
  application.dataframe(topicOf(input, number)).sink(sink, { ...LIMITS, maxItems: 1 });
  const ended = application.run({ timeoutMs: 100 });
  await vi.waitUntil(() => sink.open.length === 1, WAIT);
  const started = performance.now();
  await vi.waitUntil(() => performance.now() - started > 300, WAIT);
  sink.open[0]?.letGo();
  await vi.waitUntil(() => sink.open[0]?.batch[0]?.value === 2, WAIT);
  sink.open[0]?.letGo();
  await ended;
});

test("commits nothing behind a batch that ended the application", async () => {
  const input = await createTopic(1);
  const consumerGroup = randomName("group");
  await produce([1, 2, 3, 4, 5].map((value) => at(input, 0, value)));
  const application = createApplication({ consumerGroup, deadLetterTopic: () => "no/topic" });
  application
    .dataframe(topicOf(input, number))
    .apply((value) => {
      if (value === 1) throw new RangeError("poison");
      return value;
    })
    .sink({ write: () => Promise.resolve() }, { ...LIMITS, maxItems: 1 });
  expect(await start(application).ended).toBeInstanceOf(FatalError);
  expect(await committed(consumerGroup, input)).toEqual([null]);
});

test("a stop doesn't wait longer than it may for a sink that never answers", async () => {
  const input = await createTopic(1);
  const consumerGroup = randomName("group");
  await produce([at(input, 0, 1)]);
  const sink = heldSink();
  const application = createApplication({ consumerGroup, stopTimeoutMs: 100 });
  application.dataframe(topicOf(input, number)).sink(sink, LIMITS);
  const running = start(application);
  await vi.waitUntil(() => sink.open.length === 1, WAIT);
  await running.stop();
  expect(await running.ended).toBeUndefined();
  expect(await committed(consumerGroup, input)).toEqual([null]);
});

test("a batch in work when the group rebalances is finished and committed before its partitions go", async () => {
  const input = await createTopic(2);
  const consumerGroup = randomName("group");
  const [first, second] = [heldSink(), heldSink()];
  await produce([at(input, 0, 1), at(input, 1, 1)]);
  const member = (sink: ReturnType<typeof heldSink>) => {
    const application = createApplication({ consumerGroup, sessionTimeoutMs: 6000 });
    application.dataframe(topicOf(input, number)).sink(sink, { ...LIMITS, maxWaitMs: 500 });
    start(application);
    return application;
  };
  member(first);
  await vi.waitUntil(() => first.open.flatMap(({ batch }) => batch).length === 2, WAIT);
  const joining = member(second);
  const admin = await testAdmin();
  await vi.waitUntil(async () => (await admin.groupProgress(consumerGroup, [])).state === "PreparingRebalance", WAIT);
  for (const held of [...first.open]) held.letGo();
  await vi.waitUntil(() => joining.readiness().ready, WAIT);
  expect(await committed(consumerGroup, input)).toEqual([1n, 1n]);
  await produce([at(input, 0, 2), at(input, 1, 2)]);
  await vi.waitUntil(() => {
    for (const held of [...first.open, ...second.open]) held.letGo();
    return [first, second].every(({ batches }) => batches.flat().some(({ value }) => value === 2));
  }, WAIT);
  const all = [...first.batches, ...second.batches].flat().map(({ partition, value }) => `${partition}/${value}`);
  expect(all.sort()).toEqual(["0/1", "0/2", "1/1", "1/2"]);
});
