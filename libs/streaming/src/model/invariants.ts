import type { ProcessingGuarantee } from "../checkpoints/checkpoint.js";
import type { History } from "./history.js";
import type { Entry, SinkRecord } from "./journal.js";
import {
  decodeMessage,
  encodeMessage,
  isPoison,
  type PlacedMessage,
  reachesOutput,
  reachesSink,
} from "./model-message.js";
import type { Played } from "./play.js";
import type { StoredRecord } from "./topic-contents.js";

/** What a history left behind that it mustn't, as sentences; none when all is well. */
export function violations(history: History, played: Played, guarantee: ProcessingGuarantee): string[] {
  const messages = history.events.flatMap((event) => (event.what === "produce" ? event.messages : []));
  const { entries, output, letters, ends, isCommitted } = played;
  const inSink = entries.flatMap((entry) => (entry.what === "wrote" ? entry.records : []));
  const inOutput = output.map(({ key, value }) => ({ key, sequence: decodeMessage(value).sequence }));
  // A request that was on its way when its process was stopped arrives late, and nobody refuses it but a transaction.
  const wasLate = entries.some(({ what, ...entry }) => what === "fault" && "fault" in entry && isLate(entry.fault));
  const repeats = guarantee === "exactly_once" ? "never" : wasLate ? "anywhere" : "from where it goes on";
  return [
    ...wrongEnds(ends),
    ...(isCommitted ? [] : ["The group hasn't committed everything in the end."]),
    ...misplaced(inSink, messages),
    ...earlyCommits(entries, messages),
    ...unseenCommits(entries, messages),
    ...wrongStream("sink", inSink, messages.filter(reachesSink), "from where it goes on"),
    ...wrongStream("output", inOutput, messages.filter(reachesOutput), repeats),
    ...wrongLetters(letters, messages.filter(isPoison), guarantee),
  ];
}

function isLate({ step, action }: { step: string; action: string }): boolean {
  return action === "stop" && step === "produce";
}

function wrongEnds(ends: Played["ends"]): string[] {
  return ends.filter((end) => end !== 0 && end !== "SIGKILL").map((end) => `A member ended with ${end}.`);
}

/** Whether the model knows where each message lies, on which the others count. */
function misplaced(records: readonly SinkRecord[], messages: readonly PlacedMessage[]): string[] {
  const known = new Set(
    messages.map(({ key, sequence, partition, offset }) => `${key}/${sequence}/${partition}/${offset}`),
  );
  return records
    .filter(({ key, sequence, partition, offset }) => !known.has(`${key}/${sequence}/${partition}/${offset}`))
    .map((record) => `The sink has ${JSON.stringify(record)}, which was never produced like that.`);
}

/** A commit says of everything below it that it is durable, at the moment when it is sent. */
function earlyCommits(entries: readonly Entry[], messages: readonly PlacedMessage[]): string[] {
  const open = new Map<number, Map<number, PlacedMessage>>();
  for (const message of messages.filter(reachesSink)) {
    const ofPartition = open.get(message.partition) ?? new Map<number, PlacedMessage>();
    open.set(message.partition, ofPartition.set(message.offset, message));
  }
  const early: string[] = [];
  for (const entry of entries) {
    if (entry.what === "wrote") for (const { partition, offset } of entry.records) open.get(partition)?.delete(offset);
    if (entry.what !== "commits") continue;
    for (const { partition, offset } of entry.offsets) {
      const missing = [...(open.get(partition)?.keys() ?? [])].filter((at) => at < offset);
      if (missing.length === 0) continue;
      early.push(
        `Member ${entry.member} commits partition ${partition} up to ${offset}, but the sink lacks ${missing.join(", ")}.`,
      );
    }
  }
  return early;
}

/** Commits that nobody saw couldn't be judged. */
function unseenCommits(entries: readonly Entry[], messages: readonly PlacedMessage[]): string[] {
  const highest = new Map<number, number>();
  for (const { partition, offset } of entries.flatMap((entry) => (entry.what === "commits" ? entry.offsets : []))) {
    highest.set(partition, Math.max(highest.get(partition) ?? 0, offset));
  }
  return messages
    .filter(({ partition, offset }) => offset >= (highest.get(partition) ?? 0))
    .map(({ partition, offset }) => `Nobody saw the commit of ${partition}/${offset}.`);
}

type Keyed = Pick<PlacedMessage, "key" | "sequence">;
/** When messages come again: the ones behind them follow again as well, or they do so wherever they were late. */
type Repeats = "never" | "from where it goes on" | "anywhere";

function wrongStream(name: string, found: readonly Keyed[], expected: readonly Keyed[], repeats: Repeats): string[] {
  const keys = new Set([...found, ...expected].map(({ key }) => key));
  return [...keys].flatMap((key) => {
    const ofKey = (messages: readonly Keyed[]) =>
      messages.filter((message) => message.key === key).map(({ sequence }) => sequence);
    return wrongSequence(ofKey(found), ofKey(expected), repeats).map((wrong) => `${name}, ${key}: ${wrong}`);
  });
}

function wrongSequence(found: readonly number[], wanted: readonly number[], repeats: Repeats): string[] {
  const wrong: string[] = [];
  const missing = wanted.filter((sequence) => !found.includes(sequence));
  if (missing.length > 0) wrong.push(`${missing.join(", ")} never came`);
  let highest = -1;
  let previous = -1;
  for (const sequence of found) {
    const place = wanted.indexOf(sequence);
    if (place < 0) wrong.push(`${sequence} came, which should not have come through`);
    else if (place <= highest && repeats === "never") wrong.push(`${sequence} came again`);
    else if (place > highest + 1) wrong.push(`${sequence} came before ${wanted[highest + 1]} had`);
    else if (place > previous + 1 && repeats !== "anywhere") {
      wrong.push(`${sequence} came after ${wanted[previous]} had come again, without what is between them`);
    }
    highest = Math.max(highest, place);
    previous = place;
  }
  if (previous < highest && repeats !== "anywhere")
    wrong.push(`${wanted[previous]} came last, behind ${wanted[highest]}`);
  return wrong;
}

function wrongLetters(
  letters: readonly StoredRecord[],
  poison: readonly PlacedMessage[],
  guarantee: ProcessingGuarantee,
): string[] {
  const name = (partition: unknown, offset: unknown) => `${String(partition)}/${String(offset)}`;
  const byOrigin = new Map(poison.map((message) => [name(message.partition, message.offset), message]));
  const wrong: string[] = [];
  const found = new Set<string>();
  for (const { key, value, headers } of letters) {
    const origin = name(headers["freshet.dlq.partition"], headers["freshet.dlq.offset"]);
    const message = byOrigin.get(origin);
    if (message === undefined) wrong.push(`A dead letter is of ${origin}, which was no poison.`);
    else if (message.key !== key || !encodeMessage(message).equals(value)) {
      wrong.push(`The dead letter of ${origin} has other bytes.`);
    }
    if (found.has(origin) && guarantee === "exactly_once") wrong.push(`There are two dead letters of ${origin}.`);
    found.add(origin);
  }
  for (const [origin, { fate }] of byOrigin) {
    if (!found.has(origin)) wrong.push(`The message at ${origin}, poison to "${fate}", is no dead letter.`);
  }
  return wrong;
}
