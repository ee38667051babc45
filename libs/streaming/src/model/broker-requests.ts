import type { CommittedOffset } from "./journal.js";

/** https://kafka.apache.org/protocol#protocol_api_keys */
export const PRODUCE = 0;
export const OFFSET_COMMIT = 8;
export const SYNC_GROUP = 14;
export const INIT_PRODUCER_ID = 22;
export const END_TXN = 26;
export const TXN_OFFSET_COMMIT = 28;

export interface BrokerRequest {
  readonly apiKey: number;
  /** The answer carries it too. */
  readonly correlationId: number;
  readonly body: Buffer;
}

/** A request with its size in front (request header v1, https://kafka.apache.org/protocol#protocol_messages). */
export function parseRequest(frame: Buffer): BrokerRequest {
  const clientIdLength = Math.max(0, frame.readInt16BE(12));
  return {
    apiKey: frame.readInt16BE(4),
    correlationId: frame.readInt32BE(8),
    body: frame.subarray(14 + clientIdLength),
  };
}

/** Of OffsetCommit v5 and TxnOffsetCommit v0 and v1, the ones that kafkajs sends to a current broker. */
export function parseCommit({ apiKey, body }: BrokerRequest): CommittedOffset[] {
  let at = 0;
  const int16 = () => body.readInt16BE((at += 2) - 2);
  const int32 = () => body.readInt32BE((at += 4) - 4);
  const int64 = () => Number(body.readBigInt64BE((at += 8) - 8));
  const skipText = () => {
    const length = int16();
    at += Math.max(0, length);
  };
  const list = <T>(item: () => T) => Array.from({ length: int32() }, item);
  skipText();
  if (apiKey === OFFSET_COMMIT) int32();
  skipText();
  if (apiKey === TXN_OFFSET_COMMIT) {
    int64();
    int16();
  }
  const topics = list(() => {
    skipText();
    return list(() => {
      const committed = { partition: int32(), offset: int64() };
      skipText();
      return committed;
    });
  });
  return topics.flat();
}

/** Cuts a stream of answers apart. */
export class AnswerFrames {
  #rest: Buffer = Buffer.alloc(0);

  /** @returns the correlation ids of the answers that the chunk completes. */
  push(chunk: Buffer): number[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const ids: number[] = [];
    while (this.#rest.length >= 8) {
      const end = 4 + this.#rest.readInt32BE(0);
      if (this.#rest.length < end) break;
      ids.push(this.#rest.readInt32BE(4));
      this.#rest = this.#rest.subarray(end);
    }
    return ids;
  }
}
