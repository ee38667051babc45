import type { ControlMessage } from "@freshet/schemas/control-message";
import type { DeleteDocument, EmbeddedMessage, Tombstone, UpsertDocument } from "@freshet/schemas/embedded-document";
import type { Position } from "@freshet/schemas/position";
import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import type { Message } from "@freshet/streaming/message";

export interface RowMessage {
  /** Its place in the batch. */
  readonly place: number;
  /** As `encodeRowKey` writes it. */
  readonly key: string;
  readonly partition: number;
  readonly value: UpsertDocument | DeleteDocument | Tombstone;
}

export interface ControlPart {
  readonly kind: "control";
  readonly message: ControlMessage;
  readonly partition: number;
}

/** What can be done at once: rows, each by its newest message, or one control message. */
export type BatchPart = { readonly kind: "rows"; readonly messages: readonly RowMessage[] } | ControlPart;

/**
 * Control messages split a batch: what stands before them is done before them. So does a tombstone without position,
 * for its row: it deletes whatever is stored, and what follows it is compared with nothing.
 */
export function partsOf(batch: readonly Message<RowKey, EmbeddedMessage>[]): BatchPart[] {
  const parts: BatchPart[] = [];
  let messages: RowMessage[] = [];
  const deletedForGood = new Set<string>();
  const endRows = () => {
    if (messages.length > 0) parts.push({ kind: "rows", messages });
    messages = [];
    deletedForGood.clear();
  };
  const addRow = (message: RowMessage) => {
    if (deletedForGood.has(message.key)) endRows();
    messages.push(message);
    if (positionOf(message) === null) deletedForGood.add(message.key);
  };
  for (const [place, { key, value, partition }] of batch.entries()) {
    switch (value.op) {
      case "upsert":
      case "delete":
      case "tombstone":
        addRow({ place, key: encodeRowKey(key), partition, value });
        break;
      case "truncate":
      case "snapshot-end":
        endRows();
        parts.push({ kind: "control", message: value, partition });
        break;
      default:
        value satisfies never;
    }
  }
  endRows();
  return parts;
}

/** Null on a tombstone that somebody else wrote. */
export function positionOf({ value }: RowMessage): Position | null {
  return value.op === "tombstone" ? value.position : value.source.position;
}
