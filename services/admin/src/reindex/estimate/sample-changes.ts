import { decodeChangeEvent } from "@freshet/schemas/change-event";
import { isJsonObject, parseJson, type JsonObject } from "@freshet/schemas/lossless-json";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { readTopic } from "@freshet/streaming/kafka/topic-reader";
import type { ConsumedRecord } from "@freshet/streaming/record";
import type { PartitionOffsets, TopicAdmin } from "@freshet/streaming/topic-admin";

/** So many places of each partition are looked at, the last one at its end; and so many records at each. */
const PLACES = 4;
const RECORDS_PER_PLACE = 40;

export interface SampledRow {
  /** As its record has it. */
  readonly key: string;
  readonly row: JsonObject;
}

export interface Sample {
  /** All of the topic's, about. */
  readonly records: number;
  /** Of those, as many were looked at. */
  readonly looked: number;
  /** Each once, as the last record looked at has it; the newest ones last. */
  readonly rows: readonly SampledRow[];
}

export interface SampleOptions {
  readonly connection: KafkaConnection;
  readonly admin: Pick<TopicAdmin, "topicOffsets">;
  readonly topic: string;
  /** Whether its records are rows, and no change events. */
  readonly isPlain: boolean;
  readonly signal: AbortSignal;
}

/** Rows from all over a topic. @throws {RetriableError} no broker answers. @throws the signal's reason. */
export async function sampleChanges(options: SampleOptions): Promise<Sample> {
  const offsets = (await options.admin.topicOffsets(options.topic)) ?? [];
  const filled = offsets.filter(({ low, end }) => low < end);
  const places = Array.from({ length: PLACES }, (_, place) => place);
  const pieces = await Promise.all(places.map((place) => readPlace(place, filled, options)));
  const records = pieces.flat();
  const rows = new Map<string, JsonObject>();
  for (const record of records) {
    const key = record.key?.toString() ?? "";
    rows.delete(key);
    const row = rowOf(record, options.isPlain);
    if (row !== null) rows.set(key, row);
  }
  return {
    records: filled.reduce((sum, { low, end }) => sum + Number(end - low), 0),
    looked: records.length,
    rows: [...rows].map(([key, row]) => ({ key, row })),
  };
}

async function readPlace(
  place: number,
  partitions: readonly PartitionOffsets[],
  { connection, topic, signal }: SampleOptions,
): Promise<ConsumedRecord[]> {
  const most = BigInt(RECORDS_PER_PLACE);
  const from = new Map(partitions.map((one) => [one.partition, startOf(place, one)]));
  const ends = new Map(
    partitions.map(({ partition, end, low }) => {
      const start = startOf(place, { partition, low, end });
      return [partition, start + most < end ? start + most : end];
    }),
  );
  const records: ConsumedRecord[] = [];
  for await (const some of readTopic({ connection, topic, from, ends, signal })) records.push(...some);
  return records;
}

/** The last place ends where the partition does. */
function startOf(place: number, { low, end }: PartitionOffsets): bigint {
  const last = end - BigInt(RECORDS_PER_PLACE) > low ? end - BigInt(RECORDS_PER_PLACE) : low;
  return low + ((last - low) * BigInt(place)) / BigInt(PLACES - 1);
}

/** Null for what is no row's newest state: a delete, a control message, or what becomes a dead letter. */
function rowOf({ value, offset }: ConsumedRecord, isPlain: boolean): JsonObject | null {
  if (value === null) return null;
  try {
    if (isPlain) {
      const row = parseJson(value.toString());
      return isJsonObject(row) ? row : null;
    }
    const event = decodeChangeEvent(value.toString(), { epoch: 0, commitLsn: offset, seq: 0 });
    return "after" in event ? event.after : null;
  } catch {
    return null;
  }
}
