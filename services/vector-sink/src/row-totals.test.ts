import { encodeState, stateKey } from "@freshet/schemas/service-state";
import { expect, it } from "vitest";
import { RowTotals } from "./row-totals.js";

const place = { store: "main", index: "books", generation: 1, partition: 3 };
const TABLE = "public.books";
const NONE = { created: 0, updated: 0, payloadOnly: 0, deleted: 0, unchanged: 0, stale: 0, failed: 0 };
const counted = (created: number) => ({ [TABLE]: { ...NONE, created } });

/** A state topic, and two sinks that have the partition in turn. */
function start() {
  const topic = new Map<string, string>();
  const [one, two] = [new RowTotals(topic), new RowTotals(topic)];
  const publish = (totals: RowTotals) => {
    for (const state of totals.take()) topic.set(stateKey(state), encodeState(state));
  };
  const created = (totals: RowTotals) => totals.take()[0]?.tables[TABLE]?.created;
  return { topic, one, two, publish, created };
}

it("adds to what others have counted before it and meanwhile", () => {
  const { one, two, publish, created } = start();
  one.add(place, counted(1));
  one.add(place, counted(2));
  publish(one);
  two.add(place, counted(10));
  publish(two);
  one.add(place, counted(100));
  expect(created(one)).toBe(113);
  expect(created(one)).toBeUndefined();
});

it("adds to its own last total while that is on its way", () => {
  const { one, created } = start();
  one.add(place, counted(1));
  one.take();
  one.add(place, counted(2));
  expect(created(one)).toBe(3);
});

it("tells whether a store ever had a row of an index, whatever else the topic holds", () => {
  const { topic, one, publish } = start();
  topic.set("stored/main/books/9", "of a newer version");
  one.add(place, counted(0));
  publish(one);
  one.add(place, { [TABLE]: { ...NONE, unchanged: 1, failed: 1 } });
  publish(one);
  expect(one.hasStored(place)).toBe(false);
  // A process that was killed may have created it without saying so.
  one.add(place, { [TABLE]: { ...NONE, updated: 1 } });
  publish(one);
  expect(one.hasStored(place)).toBe(true);
  for (const other of [{ index: "book" }, { store: "other" }, { generation: 2 }]) {
    expect(one.hasStored({ ...place, ...other })).toBe(false);
  }
  one.add({ ...place, generation: 12 }, { [TABLE]: { ...NONE, updated: 1 } });
  publish(one);
  expect(one.hasStored({ ...place, generation: 1 })).toBe(true);
  expect(one.hasStored({ ...place, generation: 12 })).toBe(true);
  expect(one.hasStored({ ...place, generation: 2 })).toBe(false);
});
