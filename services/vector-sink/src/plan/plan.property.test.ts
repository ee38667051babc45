import { CONTROL_KEY_FIELD } from "@freshet/schemas/control-message";
import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import { isOlder, type Position } from "@freshet/schemas/position";
import type { RowKey } from "@freshet/schemas/row-key";
import type { Message } from "@freshet/streaming/message";
import type { PointMetadata, StoreBatch } from "@freshet/vector-stores/vector-store";
import fc from "fast-check";
import { expect, it } from "vitest";
import { partsOf } from "./batch-part.js";
import { newestChanges } from "./newest-change.js";
import { plan } from "./plan.js";

const INDEX = "books";
const TABLE = "public.books";
const MODEL = { name: "m", revision: "1", dtype: "fp32", dimensions: 1 };

interface StoredPoint {
  readonly metadata: PointMetadata;
  readonly text: string;
  readonly payload: unknown;
  readonly vector: Float32Array;
}
type Stored = Map<string, StoredPoint>;
type TopicMessage = Message<RowKey, EmbeddedMessage>;

/** One write, as a store carries it out; the order within a step is the store's own. */
type Write = (stored: Stored) => void;

function writesOf(step: StoreBatch): Write[] {
  return [
    ...step.upserts.map(
      ({ id, ...point }): Write =>
        (stored) =>
          void stored.set(id, point),
    ),
    ...step.payloads.map(({ id, ...update }): Write => (stored) => {
      const known = stored.get(id);
      if (known) stored.set(id, { ...known, ...update });
    }),
    ...step.deletes.map(
      ({ id }): Write =>
        (stored) =>
          void stored.delete(id),
    ),
  ];
}

/** Applies a batch; a crash lets through the writes before it and, of the step that it falls in, any others. */
function applyBatch(stored: Stored, batch: readonly TopicMessage[], crash?: { at: number; picks: boolean[] }): void {
  let writes = 0;
  for (const part of partsOf(batch)) {
    if (part.kind === "control") {
      const { position, table } = part.message;
      for (const [id, { metadata }] of stored) {
        const concerned = metadata.partition === part.partition && metadata.table === table;
        if (concerned && isOlder(metadata.position, position)) stored.delete(id);
      }
      continue;
    }
    const changes = newestChanges(INDEX, part.messages);
    const ids = changes.flatMap((change) => change.ids);
    const known = new Map(
      ids.flatMap((id) => (stored.has(id) ? [[id, stored.get(id)?.metadata as PointMetadata]] : [])),
    );
    for (const step of plan({ index: INDEX, changes, stored: known, now: 0 }).steps) {
      const all = writesOf(step);
      writes += all.length;
      if (crash && writes > crash.at) {
        for (const [place, write] of all.entries()) if (crash.picks[place % crash.picks.length]) write(stored);
        return;
      }
      for (const write of all) write(stored);
    }
  }
}

/** The plain meaning of a topic: each message does to its row what it says, one after the other. */
function replay(messages: readonly TopicMessage[]): Map<string, TopicMessage> {
  const rows = new Map<string, TopicMessage>();
  for (const message of messages) {
    const { value } = message;
    const name = JSON.stringify(message.key);
    if (value.op === "upsert" && value.chunks.length > 0) rows.set(name, message);
    else if (value.op === "truncate" || value.op === "snapshot-end") {
      for (const [row, known] of rows) {
        const older = known.value.op === "upsert" && isOlder(known.value.source.position, value.position);
        if (known.partition === message.partition && older) rows.delete(row);
      }
    } else rows.delete(name);
  }
  return rows;
}

const contentOf = (chunks: readonly { text: string; textHash: string; vector: Float32Array }[]) =>
  chunks.map(({ text, textHash, vector }) => ({ text, textHash, vector: [...vector] }));

function rowsIn(stored: Stored): unknown {
  const rows = [...pointsByRow(stored)].map(([key, points]) => {
    const sorted = points.sort((a, b) => a.metadata.chunk - b.metadata.chunk);
    return {
      key,
      chunks: contentOf(sorted.map(({ metadata: { textHash }, text, vector }) => ({ text, textHash, vector }))),
      about: sorted.map(({ metadata, payload }) => ({
        chunk: metadata.chunk,
        chunks: metadata.chunks,
        position: metadata.position,
        payload,
      })),
    };
  });
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function pointsByRow(stored: Stored): Map<string, StoredPoint[]> {
  const groups = new Map<string, StoredPoint[]>();
  for (const point of stored.values()) {
    groups.set(point.metadata.key, [...(groups.get(point.metadata.key) ?? []), point]);
  }
  return groups;
}

function rowsMeant(rows: Map<string, TopicMessage>): unknown {
  const meant = [...rows].flatMap(([key, { value }]) => {
    if (value.op !== "upsert") return [];
    const { chunks, payload, source } = value;
    const about = chunks.map((_, chunk) => ({ chunk, chunks: chunks.length, position: source.position, payload }));
    return [{ key, chunks: contentOf(chunks), about }];
  });
  return meant.sort((a, b) => (a.key < b.key ? -1 : 1));
}

const PARTITIONS = 2;
const ROWS = 4;

/** What happens to one row, or to a partition; positions and offsets follow from the order. */
const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant("upsert" as const),
      row: fc.nat(ROWS - 1),
      texts: fc.array(fc.constantFrom("a", "b"), { maxLength: 3 }),
      payload: fc.nat(1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("delete" as const), row: fc.nat(ROWS - 1) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("foreign tombstone" as const), row: fc.nat(ROWS - 1) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("truncate" as const), row: fc.nat(PARTITIONS - 1) }) },
);

function toMessages(events: readonly (typeof event extends fc.Arbitrary<infer E> ? E : never)[]): TopicMessage[] {
  return events.flatMap((what, place) => {
    const position: Position = { epoch: 1, commitLsn: BigInt(1 + (place >> 1)), seq: place & 1 };
    const key: RowKey = { id: what.row };
    const source = { table: TABLE, key, position, rowHash: null, committedAt: place };
    const message = (value: EmbeddedMessage, rowKey = key): TopicMessage => ({
      key: rowKey,
      value,
      headers: {},
      timestamp: 0,
      topic: "embeddings.books",
      partition: what.row % PARTITIONS,
      offset: BigInt(place),
    });
    switch (what.op) {
      case "upsert": {
        const chunks = what.texts.map((text, index) => ({
          index,
          text,
          textHash: `hash of ${text}`,
          vector: Float32Array.of(text.charCodeAt(0)),
        }));
        const payload = { version: what.payload };
        return [message({ op: "upsert", source, model: MODEL, chunks, payload })];
      }
      case "delete":
        return [message({ op: "delete", source }), message({ op: "tombstone", position })];
      case "foreign tombstone":
        return [message({ op: "tombstone", position: null })];
      case "truncate":
        return [
          message({ op: "truncate", table: TABLE, position, committedAt: 0 }, { [CONTROL_KEY_FIELD]: "truncate" }),
        ];
      default:
        return what satisfies never;
    }
  });
}

/** Some batches, committed one by one, and another that a crash interrupts; the offset may be set back before. */
const attempt = fc.record({
  back: fc.oneof(fc.constant(0), fc.nat(12)),
  batchSizes: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
  crash: fc.record({
    size: fc.integer({ min: 1, max: 6 }),
    at: fc.nat(8),
    picks: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
  }),
});

it("ends as a plain replay does, however it was cut into batches, interrupted and delivered again", () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 25 }),
      fc.array(attempt, { maxLength: 4 }),
      fc.record({ back: fc.nat(25), batchSize: fc.integer({ min: 1, max: 8 }) }),
      (events, attempts, finish) => {
        const messages = toMessages(events);
        const stored: Stored = new Map();
        let committed = 0;
        for (const { back, batchSizes, crash } of attempts) {
          committed = Math.max(0, committed - back);
          for (const size of batchSizes) {
            applyBatch(stored, messages.slice(committed, committed + size));
            committed = Math.min(messages.length, committed + size);
          }
          applyBatch(stored, messages.slice(committed, committed + crash.size), crash);
        }
        const start = Math.max(0, committed - finish.back);
        for (let offset = start; offset < messages.length; offset += finish.batchSize) {
          applyBatch(stored, messages.slice(offset, offset + finish.batchSize));
        }
        expect(rowsIn(stored)).toEqual(rowsMeant(replay(messages)));
      },
    ),
    { numRuns: 1500 },
  );
});
