import { toWalTime } from "./wal-time.js";

/**
 * What the server sends inside CopyData while it streams, see
 * https://www.postgresql.org/docs/current/protocol-replication.html.
 */
export type Frame =
  | {
      readonly kind: "data";
      /** Where the change lies in the WAL. */
      readonly lsn: bigint;
      /** A view into the frame's buffer: decode it before the next frame arrives. */
      readonly payload: Buffer;
    }
  | {
      readonly kind: "keepalive";
      /** The server has read and sent everything before this position. */
      readonly walEnd: bigint;
      readonly replyRequested: boolean;
    };

const DATA = 0x77; // w
const KEEPALIVE = 0x6b; // k
const STATUS_UPDATE = 0x72; // r
const DATA_HEADER_BYTES = 25;
const STATUS_UPDATE_BYTES = 34;

/** @throws {RangeError} when the bytes aren't a frame. */
export function decodeFrame(buffer: Buffer): Frame {
  const type = buffer.readUInt8(0);
  switch (type) {
    case DATA:
      return { kind: "data", lsn: buffer.readBigUInt64BE(1), payload: buffer.subarray(DATA_HEADER_BYTES) };
    case KEEPALIVE:
      return { kind: "keepalive", walEnd: buffer.readBigUInt64BE(1), replyRequested: buffer.readUInt8(17) === 1 };
    default:
      throw new RangeError(`unknown replication frame ${type}`);
  }
}

export interface StatusUpdate {
  /** Everything before it may be forgotten by the server; 0 confirms nothing and is still a sign of life. */
  readonly confirmed: bigint;
  /** ms since the Unix epoch. */
  readonly now: number;
  /** Asks the server for a keepalive at once. */
  readonly replyRequested: boolean;
}

/** Written, flushed and applied are one: what Kafka doesn't have, we don't have. */
export function encodeStatusUpdate({ confirmed, now, replyRequested }: StatusUpdate): Buffer {
  const buffer = Buffer.allocUnsafe(STATUS_UPDATE_BYTES);
  buffer.writeUInt8(STATUS_UPDATE, 0);
  buffer.writeBigUInt64BE(confirmed, 1);
  buffer.writeBigUInt64BE(confirmed, 9);
  buffer.writeBigUInt64BE(confirmed, 17);
  buffer.writeBigInt64BE(toWalTime(now), 25);
  buffer.writeUInt8(replyRequested ? 1 : 0, 33);
  return buffer;
}
