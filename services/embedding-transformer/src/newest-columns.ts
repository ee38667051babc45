import type { ChangeEvent, RowWritten } from "@freshet/schemas/change-event";
import { isOlder } from "@freshet/schemas/position";
import { RetriableError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { readTopic } from "@freshet/streaming/kafka/topic-reader";
import type { Codec } from "@freshet/streaming/topic";
import type { NewestColumns } from "./column-check.js";

interface Changes {
  readonly name: string;
  readonly value: Pick<Codec<ChangeEvent | null>, "decode">;
}

/** How many of each partition's last records are looked at: behind a row's event there may be deletes and controls. */
const TAIL = 100n;

/** Joining the reader's group takes seconds on a slow broker. */
const TIMEOUT_MS = 60_000;

/** Reads them from the topic's end, anew at each call. @throws {RetriableError} when they can't be read now. */
export function newestColumns(connection: KafkaConnection, topic: Changes): NewestColumns {
  return async () => {
    let newest: RowWritten | null = null;
    for await (const event of readTail(connection, topic)) {
      if (newest === null || !isOlder(event.source.position, newest.source.position)) newest = event;
    }
    return newest && Object.keys(newest.after);
  };
}

async function* readTail(connection: KafkaConnection, topic: Changes): AsyncGenerator<RowWritten, void, void> {
  const admin = await connectTopicAdmin(connection);
  const offsets = await admin.topicOffsets(topic.name).finally(() => admin.close());
  const filled = (offsets ?? []).filter(({ low, end }) => end > low);
  const ends = new Map(filled.map(({ partition, end }) => [partition, end]));
  const from = new Map(
    filled.map(({ partition, low, end }) => [partition, end - TAIL > low ? end - TAIL : low] as const),
  );
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    for await (const records of readTopic({ connection, topic: topic.name, from, ends, signal })) {
      for (const record of records) {
        const event = decode(topic, record.value, record);
        if (event !== null && "after" in event) yield event;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new RetriableError(`The newest records of ${topic.name} weren't read within ${TIMEOUT_MS / 1000} s.`);
  }
}

/** Null for what is no change: it becomes a dead letter where it is consumed. */
function decode(
  { value: codec }: Changes,
  ...[bytes, origin]: Parameters<Changes["value"]["decode"]>
): ChangeEvent | null {
  try {
    return codec.decode(bytes, origin);
  } catch {
    return null;
  }
}
