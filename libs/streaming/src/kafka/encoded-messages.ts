import type { Message } from "kafkajs";

/** The records of one partition, as they lie in a record batch. */
export interface EncodedRecords {
  readonly partition: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** What kafkajs' encoder takes from an encoder. */
interface Encoded {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

/**
 * What kafkajs asks of a list of messages, and no more. Given real messages it copies a partition's list for each message
 * in it, makes an encoder and a dozen buffers per message, and measures every text three times; that is most of what
 * producing costs in a process. It never looks at messages itself, though, so records that are encoded already travel
 * its way as well: metadata, leaders, sequence numbers and attempts stay its own. What it calls its types don't say:
 * `record-producer.kafka.test.ts` holds the pinned version to it.
 *
 * @param beforeRequest called in each attempt when the request is put together, right before it is written to its
 *   socket; what it throws ends the attempt.
 */
export function encodedMessages(partitions: readonly EncodedRecords[], beforeRequest: () => void): Message[] {
  const messages = {
    // Looks for a message without a value.
    find: () => undefined,
    // OpenTelemetry's instrumentation of kafkajs makes a span for each: ours are made already.
    forEach: () => undefined,
    // Groups by partition.
    reduce: () =>
      Object.fromEntries(partitions.map((records) => [records.partition, ofPartition(records, beforeRequest)])),
  };
  return messages as unknown as Message[];
}

function ofPartition({ count, bytes }: EncodedRecords, beforeRequest: () => void) {
  // kafkajs counts the records by the list's length and passes over its holes, so one item stands for all.
  const encoded: Encoded[] = [{ buf: bytes, buffer: bytes }];
  encoded.length = count;
  return {
    length: count,
    // Asks for the messages' timestamps, of which there are none, then for their encoders.
    map: (callback: (message: object, index: number) => unknown) => {
      beforeRequest();
      return callback({}, 0) === undefined ? [] : encoded;
    },
  };
}
