import type { Client } from "pg";
import { insertSamples, SAMPLE_COLUMNS } from "./database.js";
import { membersOf } from "../json-text.js";
import { FIRST_MARK, OPERATIONS } from "./operations.js";
import type { CapturedOperation, CapturedSample, Captured } from "./captured.js";
import { SAMPLES } from "./types/table.js";
import type { RawMessage, TopicLog } from "./topic-log.js";

/** The topics that one producer fills from the two tables. */
export interface CapturedTopics {
  readonly samples: TopicLog;
  readonly books: TopicLog;
}

/** Waits for the snapshot, then writes, and waits for each operation's messages of every producer. */
export async function runScenario(client: Client, producers: readonly CapturedTopics[]): Promise<void> {
  for (const { samples, books } of producers) {
    await samples.has("the snapshot's row", hasKey(1));
    await books.has("the snapshot's row", hasKey(0));
  }
  await insertSamples(client, 2);
  for (const [place, { sql }] of OPERATIONS.entries()) {
    if (place > 0) await client.query(sql);
    const mark = FIRST_MARK + place;
    await client.query(`INSERT INTO books VALUES (${mark})`);
    // A value that an update left out of the WAL is read from the row, so the next operation must not come before.
    for (const { books } of producers) await books.has(`mark ${mark}`, hasKey(mark));
  }
  for (const { samples } of producers) await samples.has("the streamed row", hasKey(2));
}

/** What a producer's topics say of the scenario. */
export function readCaptured({ samples, books }: CapturedTopics): Captured {
  return {
    fields: readFields(samples.messages),
    samples: readSamples(samples.messages),
    operations: readOperations(books.messages),
  };
}

function readFields(messages: readonly RawMessage[]): string {
  const message = membersOf(messages.find(hasKey(2))?.value ?? "null");
  const source = membersOf(message?.get("source") ?? "null");
  const names = (members: typeof source, prefix: string) => [...(members?.keys() ?? [])].map((name) => prefix + name);
  return [...names(message, ""), ...names(source, "source.")].join(" ");
}

function readSamples(messages: readonly RawMessage[]): CapturedSample[] {
  const [snapshot, streamed] = [1, 2].map((id) => {
    const message = messages.find(hasKey(id));
    return membersOf(membersOf(message?.value ?? "null")?.get("after") ?? "null");
  });
  return SAMPLES.map(({ type, literal }, place) => {
    const column = SAMPLE_COLUMNS[place] ?? "";
    return { type, literal, snapshot: snapshot?.get(column) ?? null, streamed: streamed?.get(column) ?? null };
  });
}

function readOperations(messages: readonly RawMessage[]): CapturedOperation[] {
  let place = 0;
  const operations = OPERATIONS.map(({ name }, index) => {
    const start = place;
    while (place < messages.length && !hasKey(FIRST_MARK + index)(messages[place] ?? NOTHING)) place += 1;
    place += 1;
    return { name, messages: messages.slice(start, place - 1).map(readChange) };
  });
  return operations;
}

const NOTHING: RawMessage = { key: null, value: null };
const LONG_STRING = /"[^"]{1000,}"/g;

function readChange({ key, value }: RawMessage): CapturedOperation["messages"][number] {
  const members = value === null ? null : membersOf(value);
  const part = (name: string) => members?.get(name)?.replace(LONG_STRING, '"(long)"') ?? null;
  return { key, op: part("op"), before: part("before"), after: part("after") };
}

function hasKey(id: number) {
  return ({ key }: RawMessage) => key === `{"id":${id}}`;
}
