import { randomName } from "@freshet/local-stack/testing";
import { expect, test, vi } from "vitest";
import { BatchItemsError, FatalError, RetriableError } from "./errors.js";
import type { Message } from "./message.js";
import { createApplication, LIMITS, readTopic, SESSION_TIMEOUT_MS, start, WAIT } from "./testing/applications.js";
import { createTopic, deadLetterTopic, json, number, produce, testAdmin, text, topicOf } from "./testing/broker.js";

test("poison goes to the dead letters with its bytes and its story, and the others go on", async () => {
  const input = await createTopic(2);
  const output = randomName("topic");
  await produce([
    { topic: input, key: "a", value: "1", partition: 0 },
    { topic: input, key: "b", value: "not a number", partition: 0, headers: { trace: "x" } },
    { topic: input, key: "c", value: "13", partition: 0 },
    { topic: input, key: "d", value: "4", partition: 1 },
  ]);
  const application = createApplication();
  application
    .dataframe(topicOf(input, number))
    .apply((value) => {
      if (value === 13) throw new RangeError("unlucky");
      return value;
    })
    .expand((value) => [value, value + 0.5])
    .toTopic(topicOf(output, number));
  start(application);

  const produced = await readTopic(topicOf(output, number), (messages) => messages.length === 4);
  const byPartition = (partition: number) => produced.filter((message) => message.partition === partition);
  expect(byPartition(0).map(({ key, value }) => [key, value])).toEqual([
    ["a", 1],
    ["a", 1.5],
  ]);
  expect(byPartition(1).map(({ key, value }) => [key, value])).toEqual([
    ["d", 4],
    ["d", 4.5],
  ]);
  const letters = await readTopic(topicOf(`dlq.${input}`, text), (messages) => messages.length === 2);
  expect(letters.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual([
    {
      key: "b",
      value: "not a number",
      headers: {
        trace: "x",
        "freshet.dlq.topic": input,
        "freshet.dlq.partition": "0",
        "freshet.dlq.offset": "1",
        "freshet.dlq.reason": "not a number is no number",
        "freshet.dlq.error-class": "Error",
        "freshet.dlq.attempts": "1",
        "freshet.dlq.time": expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
      },
    },
    expect.objectContaining({
      key: "c",
      value: "13",
      headers: expect.objectContaining({ "freshet.dlq.error-class": "RangeError" }) as unknown,
    }),
  ]);
});

test("offsets are committed when the sink has written, and never before", async () => {
  const input = await createTopic(1);
  await produce([{ topic: input, key: "a", value: "1" }]);
  const group = randomName("group");
  const admin = await testAdmin();
  const committed = async () => (await admin.groupProgress(group, [input])).partitions[0]?.committed;
  let durable: () => void = () => undefined;
  const write = vi.fn(() => new Promise<void>((resolve) => (durable = resolve)));
  const application = createApplication({ consumerGroup: group });
  application.dataframe(topicOf(input, number)).sink({ write }, LIMITS);
  start(application);

  await vi.waitUntil(() => write.mock.calls.length === 1, WAIT);
  await produce([{ topic: input, key: "b", value: "2" }]);
  expect(await committed()).toBeNull();
  durable();
  await vi.waitUntil(() => write.mock.calls.length === 2, WAIT);
  await vi.waitUntil(async () => (await committed()) === 1n, WAIT);
  durable();
  await vi.waitUntil(async () => (await committed()) === 2n, WAIT);
});

test("what fails for now is tried again with the same messages, visibly", async () => {
  const input = await createTopic(1);
  await produce([
    { topic: input, key: "a", value: "1" },
    { topic: input, key: "b", value: "2" },
  ]);
  const application = createApplication();
  const batches: (readonly Message<string, number>[])[] = [];
  const reasons: (string | undefined)[] = [];
  const write = (batch: readonly Message<string, number>[]) => {
    reasons.push(application.readiness().reason);
    batches.push(batch);
    return batches.length < 3 ? Promise.reject(new RetriableError("the store is away")) : Promise.resolve();
  };
  application.dataframe(topicOf(input, number)).sink({ write }, { ...LIMITS, maxWaitMs: 500 });
  start(application);
  await vi.waitUntil(() => batches.length === 3 && application.readiness().ready, WAIT);
  expect(batches.map((batch) => batch.map(({ value }) => value))).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
  expect(reasons).toEqual([undefined, "the store is away", "the store is away"]);
});

test("of a batch that fails in part, the named messages are dead letters and the others are written", async () => {
  const input = await createTopic(1);
  await produce(["1", "2", "3"].map((value) => ({ topic: input, key: value, value })));
  const written: number[] = [];
  const application = createApplication();
  application.dataframe(topicOf(input, number)).sink(
    {
      write: (batch) => {
        const odd = batch.findIndex(({ value }) => value === 2);
        if (odd >= 0) return Promise.reject(new BatchItemsError(new Map([[odd, new Error("no twos")]])));
        written.push(...batch.map(({ value }) => value));
        return Promise.resolve();
      },
    },
    LIMITS,
  );
  start(application);
  const letters = await readTopic(topicOf(`dlq.${input}`, text), (messages) => messages.length === 1);
  expect(letters[0]).toMatchObject({ key: "2", value: "2", headers: { "freshet.dlq.reason": "no twos" } });
  await vi.waitUntil(() => written.length === 2, WAIT);
  expect(written).toEqual([1, 3]);
});

test("an error that nobody knows ends the run, and nothing is committed", async () => {
  const input = await createTopic(1);
  await produce([{ topic: input, key: "a", value: "1" }]);
  const group = randomName("group");
  const application = createApplication({ consumerGroup: group });
  const broken = () => Promise.reject(new TypeError("cannot read properties of undefined"));
  application.dataframe(topicOf(input, number)).applyBatch(broken, LIMITS);
  expect(await start(application).ended).toEqual(new TypeError("cannot read properties of undefined"));
  const { partitions, members } = await (await testAdmin()).groupProgress(group, [input]);
  expect({ members, committed: partitions[0]?.committed }).toEqual({ members: 0, committed: null });
});

test("a stop finishes and commits the batch in work", async () => {
  const input = await createTopic(1);
  await produce([{ topic: input, key: "a", value: "1" }]);
  const group = randomName("group");
  let durable: () => void = () => undefined;
  const write = vi.fn(() => new Promise<void>((resolve) => (durable = resolve)));
  const application = createApplication({ consumerGroup: group });
  application.dataframe(topicOf(input, number)).sink({ write }, LIMITS);
  const running = start(application);
  await vi.waitUntil(() => write.mock.calls.length === 1, WAIT);
  const stopped = running.stop();
  durable();
  await stopped;
  expect(await running.ended).toBeUndefined();
  const { partitions, members } = await (await testAdmin()).groupProgress(group, [input]);
  expect({ members, committed: partitions[0]?.committed }).toEqual({ members: 0, committed: 1n });
});

test("a stop gives up a batch that takes too long, uncommitted", async () => {
  const input = await createTopic(1);
  await produce([{ topic: input, key: "a", value: "1" }]);
  const group = randomName("group");
  const write = vi.fn(
    (_batch: unknown, { signal }: { signal: AbortSignal }) =>
      new Promise<void>((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
      }),
  );
  const application = createApplication({ consumerGroup: group, stopTimeoutMs: 100 });
  application.dataframe(topicOf(input, number)).sink({ write }, LIMITS);
  const running = start(application);
  await vi.waitUntil(() => write.mock.calls.length === 1, WAIT);
  await running.stop();
  expect(await running.ended).toBeUndefined();
  const { partitions } = await (await testAdmin()).groupProgress(group, [input]);
  expect(partitions[0]?.committed).toBeNull();
});

test("a batch may take longer than the session, and a full buffer doesn't end the heartbeats", async () => {
  const input = await createTopic(2);
  const value = "x".repeat(1000);
  const records = Array.from({ length: 4000 }, (_, index) => ({ topic: input, key: String(index), value }));
  await produce(records);
  const group = randomName("group");
  let durable: () => void = () => undefined;
  const write = vi.fn(() => new Promise<void>((resolve) => (durable = resolve)));
  const application = createApplication({ consumerGroup: group, maxBufferedBytes: 200_000, sessionTimeoutMs: 1500 });
  application.dataframe(topicOf(input, text)).sink({ write }, LIMITS);
  const running = start(application);
  await vi.waitUntil(() => write.mock.calls.length === 1, WAIT);
  const started = performance.now();
  await vi.waitUntil(() => performance.now() - started > 2 * SESSION_TIMEOUT_MS, WAIT);
  const admin = await testAdmin();
  expect(await admin.groupProgress(group, [])).toMatchObject({ state: "Stable", members: 1 });
  expect(application.readiness()).toEqual({ ready: true });
  durable();
  await vi.waitUntil(() => write.mock.calls.length === 2, WAIT);
  durable();
  await running.stop();
  expect(
    (await admin.groupProgress(group, [input])).partitions.reduce((sum, at) => sum + Number(at.committed), 0),
  ).toBe(200);
});

test("a message too large for the output topic is a dead letter, without its body if it is too large there too, and its neighbours arrive", async () => {
  const input = await createTopic(2);
  const config = { "max.message.bytes": "10000" };
  const output = await createTopic(2, config);
  await (await testAdmin()).ensureTopic({ name: deadLetterTopic(input), partitions: 1, config });
  const small = Array.from({ length: 50 }, (_, index) => ({
    topic: input,
    key: `small ${index}`,
    value: JSON.stringify(index),
    partition: index % 2,
  }));
  const large = { topic: input, key: "large", value: JSON.stringify("x".repeat(20_000)), partition: 0 };
  await produce([...small.slice(0, 25), large, ...small.slice(25)]);
  const application = createApplication();
  application.dataframe(topicOf(input, json)).toTopic(topicOf(output, json));
  start(application);
  const [letter] = await readTopic(topicOf(`dlq.${input}`, text), (messages) => messages.length === 1);
  expect(letter).toMatchObject({
    key: "large",
    value: "",
    headers: { "freshet.dlq.offset": "13", "freshet.dlq.body": "left-out" },
  });
  expect(letter?.headers["freshet.dlq.reason"]).toContain(output);
  const arrived = await readTopic(
    topicOf(output, json),
    (messages) => new Set(messages.map(({ key }) => key)).size === 50,
  );
  expect(new Set(arrived.map(({ key }) => key))).toEqual(new Set(small.map(({ key }) => key)));
});

test("waits for an input topic that isn't there yet, and makes its output topic to match", async () => {
  const input = randomName("topic");
  const output = randomName("topic");
  const application = createApplication();
  application.dataframe(topicOf(input, number)).toTopic(topicOf(output, number));
  start(application);
  const waiting = { ready: false, reason: `waiting for topic ${input}, which doesn't exist yet` };
  await vi.waitUntil(() => application.readiness().reason === waiting.reason, WAIT);
  const admin = await testAdmin();
  await admin.ensureTopic({ name: input, partitions: 3 });
  await vi.waitUntil(() => application.readiness().ready, WAIT);
  expect(await admin.partitionCount(output)).toBe(3);
});

test("refuses an output topic with another partition count, and says what to do", async () => {
  const input = await createTopic(2);
  const output = await createTopic(3);
  const application = createApplication();
  application.dataframe(topicOf(input, number)).toTopic(topicOf(output, number));
  const error = await start(application).ended;
  expect(error).toBeInstanceOf(FatalError);
  expect((error as FatalError).message).toContain(`Topic ${output} has 3 partitions but topic ${input}`);
});

test("branches share what is before them, and a type guard narrows", async () => {
  const input = await createTopic(1);
  const [even, odd] = [randomName("topic"), randomName("topic")];
  await produce(["1", "2", "3", '"x"'].map((value) => ({ topic: input, key: value, value })));
  const seen = vi.fn((value: number) => value * 10);
  const application = createApplication();
  const numbers = application
    .dataframe(topicOf(input, json))
    .filter((value) => typeof value === "number")
    .apply(seen);
  numbers.filter((value) => value % 20 === 0).toTopic(topicOf(even, number));
  numbers.filter((value) => value % 20 !== 0).toTopic(topicOf(odd, number));
  start(application);
  const values = async (topic: string, count: number) =>
    (await readTopic(topicOf(topic, number), ({ length }) => length === count)).map(({ value }) => value);
  expect(await values(odd, 2)).toEqual([10, 30]);
  expect(await values(even, 1)).toEqual([20]);
  expect(seen).toHaveBeenCalledTimes(3);
});
