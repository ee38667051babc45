import fc from "fast-check";
import { type Action, type Fault, STEPS, type Step } from "./fault.js";
import type { History, HistoryEvent } from "./history.js";
import type { Fate, PlacedMessage } from "./model-message.js";
import { tell } from "./story.js";

const KEYS = 7;
const MAX_MEMBERS = 4;

const ACTIONS: Readonly<Record<Step, readonly Action[]>> = {
  // Never slow: what outlives its generation would meet the message's repetition, and nobody can end an operator.
  operate: ["fail", "fail", "kill", "stop"],
  batch: ["fail", "slow", "kill", "stop"],
  write: ["fail", "slow", "half", "half-kill", "kill", "stop"],
  written: ["fail", "slow", "kill", "stop"],
  produce: ["kill", "stop", "cut", "withhold"],
  produced: ["kill", "stop"],
  open: ["kill", "stop", "cut"],
  bury: ["kill", "stop", "cut", "withhold"],
  buried: ["kill", "stop"],
  commit: ["kill", "stop", "cut"],
  committed: ["kill", "stop"],
};
/** What a step's n is drawn up to; what never comes doesn't happen. */
const MAX_NTH: Readonly<Partial<Record<Step, number>>> = { operate: 40, bury: 2, buried: 2 };
const DEFAULT_MAX_NTH = 6;

const fault: fc.Arbitrary<Fault> = fc.constantFrom(...STEPS).chain((step) =>
  fc.record({
    step: fc.constant(step),
    nth: fc.integer({ min: 1, max: MAX_NTH[step] ?? DEFAULT_MAX_NTH }),
    action: fc.constantFrom(...ACTIONS[step]),
  }),
);

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { arbitrary: fc.constant<Fate>("plain"), weight: 14 },
  { arbitrary: fc.constantFrom<Fate>("filtered", "decode", "operate", "batch", "encode", "sink"), weight: 2 },
);

const member = fc.record({
  /** In parts of all messages, as `lifetime` and `cuts`. */
  start: fc.double({ min: 0, max: 0.8, noNaN: true }),
  lifetime: fc.option(fc.double({ min: 0.05, max: 0.7, noNaN: true })),
  faults: fc.array(fault, { minLength: 1, maxLength: 5 }),
});

const draft = fc.record({
  partitions: fc.integer({ min: 1, max: 4 }),
  messages: fc.array(fc.record({ key: fc.nat(KEYS - 1), fate }), { minLength: 80, maxLength: 300 }),
  cuts: fc.array(fc.double({ min: 0.1, max: 0.9, noNaN: true }), { maxLength: 2 }),
  members: fc.array(member, { minLength: 1, maxLength: MAX_MEMBERS }),
  application: fc.record({
    concurrency: fc.integer({ min: 1, max: 3 }),
    commit: fc.constantFrom({ maxRecords: 1, maxWaitMs: 0 }, { maxRecords: 40, maxWaitMs: 200 }),
  }),
  topology: fc.record({
    maxItems: fc.integer({ min: 2, max: 12 }),
    paceMs: fc.integer({ min: 0, max: 100 }),
    operatorConcurrency: fc.constantFrom(1, 3),
    writesInPart: fc.boolean(),
  }),
});
type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never;

export const histories: fc.Arbitrary<History> = draft.map(toHistory);

function toHistory({ partitions, messages, cuts, members, application, topology }: Draft): History {
  const placed = place(messages, partitions);
  const total = placed.length;
  const bounds = [0, ...cuts.map((cut) => Math.floor(cut * total)).sort((a, b) => a - b), total];
  const events: HistoryEvent[] = [];
  for (const [index, from] of bounds.slice(0, -1).entries()) {
    const wave = placed.slice(from, bounds[index + 1]);
    if (wave.length > 0) events.push({ what: "produce", at: from, messages: wave });
  }
  for (const [index, { start, lifetime }] of members.entries()) {
    const at = index === 0 ? 0 : Math.floor(start * total);
    events.push({ what: "start", at, member: index });
    if (lifetime !== null) events.push({ what: "stop", at: at + Math.floor(lifetime * total), member: index });
  }
  const faults = members.map((one) => one.faults);
  const history = { partitions, application, topology, faults, events: events.sort((a, b) => a.at - b.at) };
  return Object.assign(history, { [fc.toStringMethod]: () => `\n${tell(history)}` });
}

function place(messages: Draft["messages"], partitions: number): PlacedMessage[] {
  const sequences = new Map<number, number>();
  const ends = new Map<number, number>();
  const next = (counts: Map<number, number>, of: number) => {
    const count = counts.get(of) ?? 0;
    counts.set(of, count + 1);
    return count;
  };
  return messages.map(({ key, fate }) => {
    const partition = key % partitions;
    return { key: `key ${key}`, fate, partition, sequence: next(sequences, key), offset: next(ends, partition) };
  });
}
