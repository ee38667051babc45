import { expect, test } from "vitest";
import type { ProcessingGuarantee } from "../checkpoints/checkpoint.js";
import type { History } from "./history.js";
import { violations } from "./invariants.js";
import type { Entry } from "./journal.js";
import { encodeMessage, type Fate, type PlacedMessage } from "./model-message.js";
import type { Played } from "./play.js";
import type { StoredRecord } from "./topic-contents.js";

const place = (sequence: number, fate: Fate = "plain"): PlacedMessage => {
  return { key: "a", sequence, fate, partition: 0, offset: sequence };
};
const MESSAGES = [place(0), place(1), place(2, "operate"), place(3)];
const HISTORY: History = {
  partitions: 1,
  application: { concurrency: 1, commit: { maxRecords: 1, maxWaitMs: 0 } },
  topology: { maxItems: 2, paceMs: 0, operatorConcurrency: 1, writesInPart: false },
  events: [{ what: "produce", at: 0, messages: MESSAGES }],
  faults: [],
};

const entry = { member: 0, time: "" };
const wrote = (...sequences: number[]): Entry => {
  const records = sequences.map((sequence) => ({ key: "a", sequence, partition: 0, offset: sequence }));
  return { ...entry, what: "wrote", records };
};
const commits = (offset: number): Entry => ({ ...entry, what: "commits", offsets: [{ partition: 0, offset }] });
const stored = (message: PlacedMessage, headers = {}): StoredRecord => {
  return { topic: "", partition: 0, offset: 0, key: message.key, value: encodeMessage(message), headers };
};
const output = (...sequences: number[]) => sequences.map((sequence) => stored(place(sequence)));
const letter = (message: PlacedMessage) =>
  stored(message, { "freshet.dlq.partition": "0", "freshet.dlq.offset": String(message.offset) });

const WELL: Played = {
  entries: [wrote(0, 1), commits(2), wrote(3), commits(4)],
  output: output(0, 1, 3),
  letters: [letter(place(2, "operate"))],
  ends: [0, "SIGKILL"],
  isCommitted: true,
};
const judge = (played: Partial<Played>, guarantee: ProcessingGuarantee = "at_least_once") =>
  violations(HISTORY, { ...WELL, ...played }, guarantee);

test("a history in which all went well breaks no promise, and neither does one with repetitions", () => {
  expect(judge({})).toEqual([]);
  const entries = [wrote(0), wrote(0, 1), commits(2), wrote(3), commits(4), wrote(1, 3), commits(4)];
  const letters = [...WELL.letters, ...WELL.letters];
  expect(judge({ entries, letters, output: output(0, 1, 0, 1, 3, 1, 3) })).toEqual([]);
});

const late: Entry = { ...entry, what: "fault", fault: { step: "produce", nth: 1, action: "stop" } };
const bodiless = { ...letter(place(2, "operate")), value: Buffer.alloc(0) };

test.each<[string, Partial<Played>, RegExp]>([
  ["a lost message", { output: output(0, 1) }, /^output, a: 3 never came$/],
  ["a message that isn't in the sink", { entries: [wrote(0, 1), commits(2)] }, /^sink, a: 3 never came$/],
  ["a message before another", { output: output(1, 0, 3) }, /^output, a: 1 came before 0 had$/],
  ["a gap after a repetition", { output: output(0, 1, 3, 0, 3) }, /^output, a: 3 came after 0 had come again/],
  ["a repetition that ends early", { output: output(0, 1, 3, 0, 1) }, /^output, a: 1 came last, behind 3$/],
  ["a late message out of order", { entries: [...WELL.entries, late], output: output(1, 0, 3) }, /1 came before 0 had/],
  ["poison that came through", { output: output(0, 1, 2, 3) }, /^output, a: 2 came, which should not/],
  ["an early commit", { entries: [wrote(0), commits(2), wrote(1, 3), commits(4)] }, /up to 2, but the sink lacks 1\.$/],
  ["a commit unseen", { entries: [wrote(0, 1, 3), commits(3)] }, /^Nobody saw the commit of 0\/3\.$/],
  ["a lost dead letter", { letters: [] }, /^The message at 0\/2, poison to "operate", is no dead letter\.$/],
  ["a dead letter without its bytes", { letters: [bodiless] }, /^The dead letter of 0\/2 has other bytes\.$/],
  ["a dead letter for nothing", { letters: [...WELL.letters, letter(place(1))] }, /^A dead letter is of 0\/1/],
  ["a member that crashed", { ends: [1] }, /^A member ended with 1\.$/],
  ["a backlog", { isCommitted: false }, /^The group hasn't committed everything in the end\.$/],
])("finds %s", (_, played, sentence) => {
  const found = judge(played);
  expect(found).not.toEqual([]);
  expect(found.some((violation) => sentence.test(violation))).toBe(true);
});

test("finds a second dead letter where there may be only one", () => {
  const played = { letters: [...WELL.letters, ...WELL.letters] };
  expect(judge(played, "exactly_once")).toEqual(["There are two dead letters of 0/2."]);
});

test("lets a request that was on its way come late, but not in a transaction", () => {
  const played = { entries: [...WELL.entries, late], output: output(0, 1, 3, 0) };
  expect(judge(played)).toEqual([]);
  expect(judge(played, "exactly_once")).toContain("output, a: 0 came again");
});
