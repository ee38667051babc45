import { z } from "zod";
import { parseJson, stringifyJson, type JsonObject } from "./lossless-json.js";

const row = z.record(z.string(), z.unknown()).transform((value) => value as JsonObject);

/** Takes a snapshot, beside the stream. Without `where` and `keys` it is of the whole table, and removes what is gone. */
const snapshotCommand = z.object({
  kind: z.literal("snapshot"),
  /** Made by who asks, who finds the outcome under it in the source's state. */
  id: z.string().min(1),
  slot: z.string(),
  /** `schema.table`. */
  table: z.string(),
  /** SQL over the table's columns. */
  where: z.string().nullable(),
  /** The rows' keys; one that has no row is captured as a delete. */
  keys: z.array(row).nullable(),
  requestedAt: z.int(),
});

/** Goes on with a database that isn't the one that was read before: a new epoch, a new slot, every table anew. */
const acceptCommand = z.object({
  kind: z.literal("accept"),
  slot: z.string(),
  /** The source's when it was asked: once there is another one, the command was carried out. */
  epoch: z.int(),
  requestedAt: z.int(),
});

/** What people ask of a producer. It is deleted from the commands topic once it is carried out. */
const sourceCommand = z.discriminatedUnion("kind", [snapshotCommand, acceptCommand]);
export type SnapshotCommand = z.output<typeof snapshotCommand>;
export type AcceptCommand = z.output<typeof acceptCommand>;
export type SourceCommand = z.output<typeof sourceCommand>;

export function sourceCommandKey(command: SourceCommand): string {
  switch (command.kind) {
    case "snapshot":
      return `snapshot/${command.slot}/${command.id}`;
    case "accept":
      return `accept/${command.slot}`;
    default:
      return command satisfies never;
  }
}

export function encodeSourceCommand(command: SourceCommand): string {
  return stringifyJson(command);
}

/** @throws {SyntaxError} when the text isn't JSON. @throws {z.ZodError} when it isn't such a command. */
export function decodeSourceCommand(text: string): SourceCommand {
  return sourceCommand.parse(parseJson(text));
}
