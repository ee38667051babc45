import { decodeEmbeddedMessage, encodeEmbeddedMessage, type EmbeddedMessage } from "@freshet/schemas/embedded-document";
import { isFiniteVector } from "@freshet/schemas/finite-vector";
import { decodeRowKey, encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import { embeddingsTopic } from "@freshet/schemas/topics";
import type { Topic } from "@freshet/streaming/topic";

/** The topic with documents of an index. What can't be stored is refused here, message by message, before it can spoil a batch. */
export function embeddingsInput(index: string, documents = 1): Topic<RowKey, EmbeddedMessage> {
  return {
    name: embeddingsTopic(index, documents),
    key: {
      encode: (key) => ({ bytes: encodeRowKey(key) }),
      decode: (bytes) => {
        if (!bytes) throw new SyntaxError("a message without a key names no row");
        return decodeRowKey(bytes.toString());
      },
    },
    value: {
      encode: (message) => {
        const { value, headers } = encodeEmbeddedMessage(message);
        return { bytes: value, headers };
      },
      decode: (bytes, { headers }) => {
        const message = decodeEmbeddedMessage({ value: bytes?.toString() ?? null, headers });
        requireTime(message);
        requireStorable(message);
        return message;
      },
    },
  };
}

/** @throws {RangeError} when the source says a commit's time that is none: whoever reads the row stumbles over it. */
function requireTime(message: EmbeddedMessage): void {
  if (message.op === "tombstone") return;
  const { committedAt } = "source" in message ? message.source : message;
  if (Number.isNaN(new Date(committedAt).getTime())) throw new RangeError(`${committedAt} ms is no time of a commit`);
}

/** @throws {RangeError} */
function requireStorable(message: EmbeddedMessage): void {
  if (message.op !== "upsert") return;
  const { dimensions } = message.model;
  for (const { index, vector } of message.chunks) {
    if (vector.length !== dimensions) {
      throw new RangeError(`the vector of chunk ${index} has ${vector.length} dimensions, its model ${dimensions}`);
    }
    if (!isFiniteVector(vector)) throw new RangeError(`the vector of chunk ${index} holds NaN or infinity`);
  }
}
