import { describe, expect, expectTypeOf, test, vi } from "vitest";
import { json, nullable, text } from "../codecs.js";
import type { StreamingDataFrame } from "./dataframe.js";
import { BatchItemsError, FatalError, RetriableError } from "../errors.js";
import type { Topic } from "../topic.js";
import { RecordingSink } from "../testing/recording-sink.js";
import { TopologyTestDriver } from "../testing/topology-test-driver.js";

interface Row {
  readonly pieces: number;
  readonly price: number;
}

const LIMITS = { maxItems: 100, maxBytes: 1_000_000, maxWaitMs: 5 };
const codecs = <V>() => ({ key: text, value: json((value) => value as V) });
const numbers: Topic<string, number> = { name: "numbers", ...codecs<number>() };
const texts: Topic<string, string> = { name: "texts", key: text, value: text };
const rows: Topic<string, Row> = { name: "rows", ...codecs<Row>() };
const piped = (...values: number[]) => values.map((value) => ({ key: "a", value }));
const later = <T>(value: T) => new Promise<T>((resolve) => setImmediate(() => resolve(value)));

describe("an operator", () => {
  test("may take its time, and the order stays", async () => {
    const driver = new TopologyTestDriver();
    const seen: number[] = [];
    const frame = driver
      .dataframe(numbers)
      .filter((value) => later(value !== 2))
      .expand((value) => later([value, value * 10]))
      .update((value) => (value < 10 ? later(undefined).then(() => void seen.push(value)) : void seen.push(value)))
      .apply((value) => (value < 10 ? later(`slow ${value}`) : `fast ${value}`));
    expectTypeOf(frame).toEqualTypeOf<StreamingDataFrame<string, string>>();
    frame.toTopic(texts);
    const { produced } = await driver.pipe(numbers, piped(1, 2, 3));
    expect(produced(texts).map(({ value }) => value)).toEqual(["slow 1", "fast 10", "slow 3", "fast 30"]);
    expect(seen).toEqual([1, 10, 3, 30]);
  });

  test("that fails for now is tried again alone", async () => {
    const driver = new TopologyTestDriver();
    const calls: number[] = [];
    const output = new RecordingSink<string, number>();
    const frame = driver.dataframe(numbers).update((value) => {
      calls.push(value);
      if (calls.length === 2) throw new RetriableError("away");
    });
    frame.sink(output, LIMITS);
    await driver.pipe(numbers, piped(1, 2, 3));
    expect(calls).toEqual([1, 2, 2, 3]);
    expect(output.messages.map(({ value }) => value)).toEqual([1, 2, 3]);
  });
});

describe("an operator with concurrency", () => {
  /** Each key has its own promise, which the test resolves. */
  function startGated() {
    const driver = new TopologyTestDriver();
    const events: string[] = [];
    const gates = new Map<string, () => void>();
    const written = new RecordingSink<string, string>();
    driver
      .dataframe(texts)
      .apply(
        async (value, { key }) => {
          events.push(`${value} begins`);
          await new Promise<void>((resolve) => gates.set(key, resolve));
          events.push(`${value} ends`);
          if (value === "fatal") throw new FatalError("stop");
          if (value === "away") throw new RetriableError("later");
          if (value === "poison") throw new Error("no");
          return value;
        },
        { concurrency: 2 },
      )
      .sink(written, LIMITS);
    const open = async (key: string) => {
      await vi.waitUntil(() => gates.has(key));
      gates.get(key)?.();
      gates.delete(key);
    };
    const pipe = (...records: [key: string, value: string][]) =>
      driver.pipe(
        texts,
        records.map(([key, value]) => ({ key, value })),
      );
    return { driver, events, written, open, pipe };
  }

  test("works on so many keys at a time, on a key's messages in order, and gives the order of the input", async () => {
    const { events, written, open, pipe } = startGated();
    const ended = pipe(["a", "a1"], ["a", "a2"], ["b", "poison"], ["b", "b2"], ["c", "c1"]);
    for (const key of ["b", "b", "c", "a", "a"]) await open(key);
    const { deadLetters } = await ended;
    expect(events.slice(0, 3)).toEqual(["a1 begins", "poison begins", "poison ends"]);
    const order = ["b2 begins", "b2 ends", "c1 begins", "c1 ends", "a1 ends", "a2 begins", "a2 ends"];
    expect(events.slice(3)).toEqual(order);
    expect(written.messages.map(({ value }) => value)).toEqual(["a1", "a2", "b2", "c1"]);
    expect(deadLetters.map(({ record }) => record.offset)).toEqual([2n]);
  });

  test("fails when nothing is in work any more, and begins nothing new", async () => {
    const { driver, events, open, pipe } = startGated();
    const ended = expect(pipe(["a", "a1"], ["b", "fatal"], ["c", "c1"])).rejects.toThrow("stop");
    await open("b");
    await open("a");
    await ended;
    expect(events).toEqual(["a1 begins", "fatal begins", "fatal ends", "a1 ends"]);
    expect(driver.committed(texts)).toEqual(new Map());
  });

  test("fails although another key would be tried again for ever", async () => {
    const { events, open, pipe } = startGated();
    const ended = expect(pipe(["a", "away"], ["b", "fatal"])).rejects.toThrow("stop");
    await open("a");
    await open("b");
    await later("the failure is known");
    await open("a");
    await ended;
    expect(events.filter((event) => event === "away begins")).toHaveLength(2);
  });
});

describe("assign", () => {
  test("adds typed columns, also such that take their time, and leaves the row of other branches alone", async () => {
    const driver = new TopologyTestDriver();
    const frame = driver.dataframe(rows);
    const totals = frame.assign({
      total: (row) => row.pieces * row.price,
      label: (row, { key }) => later(`${row.pieces} ${key}`),
    });
    expectTypeOf(totals).toEqualTypeOf<StreamingDataFrame<string, Row & { total: number; label: string }>>();
    const [assigned, plain] = [new RecordingSink<string, Row>(), new RecordingSink<string, Row>()];
    totals.sink(assigned, LIMITS);
    frame.sink(plain, LIMITS);
    await driver.pipe(rows, [{ key: "pears", value: { pieces: 3, price: 2 } }]);
    expect(assigned.messages[0]?.value).toEqual({ pieces: 3, price: 2, total: 6, label: "3 pears" });
    expect(plain.messages[0]?.value).toEqual({ pieces: 3, price: 2 });
  });

  test("replaces a column with its type, and in each variant of a union", () => {
    const frame = new TopologyTestDriver().dataframe(rows).assign({ price: ({ price }) => String(price) });
    expectTypeOf(frame).toEqualTypeOf<StreamingDataFrame<string, Omit<Row, "price"> & { price: string }>>();
    type Event = { op: "put"; row: Row } | { op: "drop" };
    const events: Topic<string, Event> = { name: "events", ...codecs<Event>() };
    const assigned = new TopologyTestDriver().dataframe(events).assign({ at: () => 1 });
    type Assigned = ({ op: "put"; row: Row } & { at: number }) | ({ op: "drop" } & { at: number });
    expectTypeOf(assigned).toEqualTypeOf<StreamingDataFrame<string, Assigned>>();
  });

  test("is for rows, and knows their columns", () => {
    // @ts-expect-error a number has no columns
    new TopologyTestDriver().dataframe(numbers).assign({ total: () => 1 });
    // @ts-expect-error a row has no such column
    new TopologyTestDriver().dataframe(rows).assign({ total: (row): unknown => row.weight });
  });
});

describe("types", () => {
  test("follow a type guard, a batch and a tombstone", () => {
    const changes: Topic<string, Row | null> = { name: "changes", key: text, value: nullable(rows.value) };
    const frame = new TopologyTestDriver().dataframe(changes).filter((row): row is Row => row !== null);
    expectTypeOf(frame).toEqualTypeOf<StreamingDataFrame<string, Row>>();
    const batches = frame.applyBatch((batch) => Promise.resolve(batch.map(({ value }) => value.pieces)), LIMITS);
    expectTypeOf(batches).toEqualTypeOf<StreamingDataFrame<string, number>>();
  });

  test("let a frame end only where all that it may hold is taken", () => {
    const frame = new TopologyTestDriver().dataframe(numbers).apply((value): number | string => value);
    const wider: Topic<string, number | string | boolean> = { name: "any", ...codecs<number | string | boolean>() };
    frame.toTopic(wider);
    // @ts-expect-error the frame may hold strings
    frame.toTopic(numbers);
    // @ts-expect-error the frame may hold strings
    frame.sink(new RecordingSink<string, number>(), LIMITS);
  });
});

describe("branches", () => {
  test("share what is before them, and may go on behind an end", async () => {
    const driver = new TopologyTestDriver();
    const [even, all] = [new RecordingSink<string, number>(), new RecordingSink<string, number>()];
    const seen = vi.fn((value: number) => value + 1);
    const frame = driver.dataframe(numbers).apply(seen);
    frame.sink(all, LIMITS);
    frame.filter((value) => value % 2 === 0).sink(even, LIMITS);
    await driver.pipe(numbers, piped(1, 2, 3));
    expect([all.messages, even.messages].map((messages) => messages.map(({ value }) => value))).toEqual([
      [2, 3, 4],
      [2, 4],
    ]);
    expect(seen).toHaveBeenCalledTimes(3);
  });

  test("produce to one topic as if each message had gone through all of them before the next", async () => {
    const driver = new TopologyTestDriver();
    const frame = driver
      .dataframe(numbers)
      .filter((value) => value < 10)
      .expand((value) => [value, value + 0.5]);
    frame.expand((value) => [`${value} a`, `${value} A`]).toTopic(texts);
    const b = frame.expand((value) => [`${value} b`, `${value} c`]);
    b.toTopic(texts);
    b.apply((value) => `${value} again`).toTopic(texts);
    const { produced } = await driver.pipe(numbers, piped(1, 10, 2));
    const ends = ["a", "A", "b", "b again", "c", "c again"];
    const expected = [1, 1.5, 2, 2.5].flatMap((value) => ends.map((end) => `${value} ${end}`));
    expect(produced(texts).map(({ value }) => value)).toEqual(expected);
  });

  test("produce to one topic in the order of the input, and then of the branches", async () => {
    const driver = new TopologyTestDriver();
    const frame = driver.dataframe(numbers);
    frame
      .filter((value) => value % 2 === 0)
      .expand((value) => [`${value} even`, `${value} no prime`])
      .toTopic(texts);
    frame.apply((value) => `${value} number`).toTopic(texts);
    const records = [1, 2, 3, 4].map((value) => ({ key: "a", value, partition: value > 2 ? 0 : 1 }));
    const messages = (await driver.pipe(numbers, records)).produced(texts);
    const ofPartition = (wanted: number) =>
      messages.filter(({ partition }) => partition === wanted).map(({ value }) => value);
    expect(ofPartition(1)).toEqual(["1 number", "2 even", "2 no prime", "2 number"]);
    expect(ofPartition(0)).toEqual(["3 number", "4 even", "4 no prime", "4 number"]);
  });
});

describe("poison", () => {
  test("of children is one dead letter of their record, with the first reason; the other children go on", async () => {
    const driver = new TopologyTestDriver();
    const written = new RecordingSink<string, number>();
    driver
      .dataframe(numbers)
      .expand((value) => [value, value + 0.1, value + 0.2, value + 0.3])
      .apply((value) => {
        if (value === 1.1 || value === 1.2) throw new RangeError(`${value} is too odd`);
        return value;
      })
      .sink(written, LIMITS);
    const { deadLetters } = await driver.pipe(numbers, piped(0, 1));
    expect(deadLetters).toEqual([
      {
        record: expect.objectContaining({ offset: 1n }) as unknown,
        reason: "1.1 is too odd",
        error: new RangeError("1.1 is too odd"),
        attempts: 1,
      },
    ]);
    expect(deadLetters[0]?.record.value?.toString()).toBe("1");
    expect(written.messages.map(({ value }) => value)).toEqual([0, 0.1, 0.2, 0.3, 1, 1.3]);
    expect(driver.committed(numbers)).toEqual(new Map([[0, 2n]]));
  });

  test("that a sink names among children is one dead letter too", async () => {
    const driver = new TopologyTestDriver();
    const written = new RecordingSink<string, string>();
    written.failNext(new BatchItemsError(new Map([2, 3].map((place) => [place, new Error(`no room at ${place}`)]))));
    const letters = driver.dataframe(texts).expand((value) => value.split(""));
    letters.sink(written, LIMITS);
    const { deadLetters } = await driver.pipe(texts, [
      { key: "a", value: "ab" },
      { key: "b", value: "cde" },
    ]);
    expect(deadLetters.map(({ record, reason }) => [record.offset, reason])).toEqual([[1n, "no room at 2"]]);
    expect(written.messages.map(({ value }) => value)).toEqual(["a", "b", "e"]);
  });

  test("of one branch is no matter of the other", async () => {
    const driver = new TopologyTestDriver();
    const frame = driver.dataframe(numbers);
    frame
      .apply((value) => {
        if (value === 2) throw new Error("no twos");
        return `${value} left`;
      })
      .toTopic(texts);
    frame.apply((value) => `${value} right`).toTopic(texts);
    const { produced, deadLetters } = await driver.pipe(numbers, piped(1, 2));
    expect(produced(texts).map(({ value }) => value)).toEqual(["1 left", "1 right", "2 right"]);
    expect(deadLetters.map(({ record }) => record.offset)).toEqual([1n]);
  });
});
