import type { Codec } from "../topic.js";

/**
 * What becomes of a message, which is decided when it is made: it goes through ("plain"), is filtered out, or is poison
 * to one step of the topology.
 */
export const FATES = ["plain", "filtered", "decode", "operate", "batch", "encode", "sink"] as const;
export type Fate = (typeof FATES)[number];

export interface ModelMessage {
  /** From 0 without a gap among the key's messages. */
  readonly sequence: number;
  readonly fate: Fate;
}

/** A message with its place in the input topic. */
export interface PlacedMessage extends ModelMessage {
  readonly key: string;
  readonly partition: number;
  readonly offset: number;
}

export const reachesOutput = ({ fate }: ModelMessage) => fate === "plain" || fate === "sink";
export const reachesSink = ({ fate }: ModelMessage) => fate === "plain" || fate === "encode";
export const isPoison = ({ fate }: ModelMessage) => fate !== "plain" && fate !== "filtered";

/** Bytes that are no text, so that a dead letter shows whether it has kept them. */
const UNREADABLE = Buffer.from([0xff, 0x00, 0xc3, 0x28]);

export function encodeMessage({ sequence, fate }: ModelMessage): Buffer {
  const text = Buffer.from(JSON.stringify({ sequence, fate }));
  return fate === "decode" ? Buffer.concat([UNREADABLE, text]) : text;
}

/** @throws {SyntaxError} of messages that are poison to it. */
export function decodeMessage(bytes: Buffer | null): ModelMessage {
  const { sequence, fate } = JSON.parse(bytes?.toString() ?? "") as ModelMessage;
  return { sequence, fate };
}

export const modelMessage: Codec<ModelMessage> = {
  encode: (message) => {
    if (message.fate === "encode") throw new RangeError(`No encoding for message ${message.sequence}.`);
    return { bytes: encodeMessage(message) };
  },
  decode: decodeMessage,
};

export const modelKey: Codec<string> = {
  encode: (key) => ({ bytes: key }),
  decode: (bytes) => bytes?.toString() ?? "",
};
