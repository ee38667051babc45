import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { readTopic } from "@freshet/streaming/kafka/topic-reader";
import type { Topic } from "@freshet/streaming/topic";
import { NewestOffsets } from "./newest-offsets.js";
import { untilPassed, type IsSuperseded } from "./until-passed.js";

export interface NewestRecordsOptions {
  readonly connection: KafkaConnection;
  /** Compacted: a row's last record is enough. */
  readonly input: Pick<Topic<RowKey | null, unknown>, "name" | "key">;
  readonly group: string;
  readonly signal: AbortSignal;
  /** Called with what is being waited for. */
  readonly onWaiting: (reason: string) => void;
}

/** Records, over all partitions; fewer aren't worth the reading. */
const FAR_BEHIND = 10_000n;
/** They take up to 64 MiB, and half as much more while their table grows. */
const MAX_KEYS = 2_000_000;

/**
 * Which of the records that a group has yet to read are superseded by others that the topic holds now, for a group that is
 * far behind, as one of a new generation: it then goes on as if compaction had just been through the topic, and needs one
 * embedding for a row. Undefined when there is nothing to gain, or the rows are too many.
 *
 * @throws {RetriableError} @throws {FatalError} not allowed. @throws the signal's reason.
 */
export async function newestRecords({
  connection,
  input,
  group,
  signal,
  onWaiting,
}: NewestRecordsOptions): Promise<IsSuperseded | undefined> {
  const { from, ends } = await unread(connection, input.name, group);
  const sum = (offsets: ReadonlyMap<number, bigint>) => [...offsets.values()].reduce((all, offset) => all + offset, 0n);
  const total = sum(ends) - sum(from);
  if (total < FAR_BEHIND) return undefined;
  const newest = new NewestOffsets();
  let records = 0;
  for await (const piece of readTopic({ connection, topic: input.name, from, ends, signal })) {
    for (const record of piece) {
      const name = nameOf(input, record);
      if (name !== null) newest.add(name, Number(record.offset));
    }
    records += piece.length;
    onWaiting(`rows that changed more than once are being counted (${Math.floor((records / Number(total)) * 100)} %)`);
    if (newest.size <= MAX_KEYS) continue;
    connection.logger.info(
      { topic: input.name, group },
      `More than ${MAX_KEYS} rows are to be read: each of their versions is embedded, also those that aren't the last.`,
    );
    return undefined;
  }
  const superseded = records - newest.size;
  connection.logger.info({ topic: input.name, group, records, superseded }, "Superseded versions aren't embedded.");
  return untilPassed(ends, ({ key, partition, offset }) => {
    return (newest.get(rowName(partition, key)) ?? -1) > Number(offset);
  });
}

/** By partition, where the group goes on, and the log's end; of those that it hasn't read whole. */
async function unread(connection: KafkaConnection, topic: string, group: string) {
  const admin = await connectTopicAdmin(connection);
  try {
    const log = (await admin.topicOffsets(topic)) ?? [];
    const { partitions } = await admin.groupProgress(group, [topic]);
    const left = log.flatMap(({ partition, low, end }) => {
      const committed = partitions.find((one) => one.partition === partition)?.committed ?? low;
      // One behind the end is of a topic that was deleted and made anew.
      const start = committed > end || committed < low ? low : committed;
      return start < end ? [{ partition, start, end }] : [];
    });
    return {
      from: new Map(left.map(({ partition, start }) => [partition, start])),
      ends: new Map(left.map(({ partition, end }) => [partition, end])),
    };
  } finally {
    await admin.close();
  }
}

/** Null for what names no row: it becomes a dead letter where it is consumed. */
function nameOf(
  input: NewestRecordsOptions["input"],
  record: Parameters<typeof input.key.decode>[1] & { key: Buffer | null },
) {
  try {
    const key = input.key.decode(record.key, record);
    return key === null ? null : rowName(record.partition, key);
  } catch {
    return null;
  }
}

function rowName(partition: number, key: RowKey): string {
  return `${partition} ${encodeRowKey(key)}`;
}
