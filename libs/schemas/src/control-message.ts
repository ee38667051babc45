import type { Position } from "./position.js";

/**
 * A message to one partition as a whole. It is written to every partition of its topic under a reserved key, because
 * compacted topics refuse a null key.
 *
 * - `truncate`: every row of the partition older than `position` is gone.
 * - `snapshot-end`: a snapshot that began at `position` is complete; rows older than it no longer exist.
 *
 * Both mean the same to a store: delete what is older. They differ for people who read the topic.
 */
export interface ControlMessage {
  readonly op: ControlOperation;
  readonly table: string;
  readonly position: Position;
  /** When the source committed it, in ms since the Unix epoch. */
  readonly committedAt: number;
}

export type ControlOperation = "truncate" | "snapshot-end";

export const CONTROL_KEY_FIELD = "$freshet";

export function controlKey(op: ControlOperation): { readonly [CONTROL_KEY_FIELD]: ControlOperation } {
  return { [CONTROL_KEY_FIELD]: op };
}

export function isControlKey(key: Readonly<Record<string, unknown>>): boolean {
  return CONTROL_KEY_FIELD in key;
}
