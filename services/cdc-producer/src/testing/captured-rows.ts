import { BEGINNING, isOlder, type Position } from "@freshet/schemas/position";
import { followTopic } from "./test-service.js";

/** The key of the message that ends a snapshot. */
export const SNAPSHOT_END = '{"$freshet":"snapshot-end"}';

interface Captured {
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly source: { readonly epoch: number; readonly commitLsn: number; readonly seq: number };
}

/**
 * The rows as a topic has them, by key. What lies below the last snapshot-end wasn't found in the table any more: an
 * interrupted snapshot had sent it, and its delete came before the next one.
 */
export function capturedRows(entries: ReadonlyMap<string, string>): Map<string, unknown> {
  const end = positionOf(entries.get(SNAPSHOT_END));
  const rows = new Map<string, unknown>();
  for (const [key, value] of entries) {
    // Not the codec: there are many rows, looked at often, and their numbers are small.
    const { after } = JSON.parse(value) as Captured;
    if (after !== null && !isOlder(positionOf(value), end)) rows.set(key, after);
  }
  return rows;
}

function positionOf(value: string | undefined): Position {
  if (value === undefined) return BEGINNING;
  const { epoch, commitLsn, seq } = (JSON.parse(value) as Captured).source;
  return { epoch, commitLsn: BigInt(commitLsn), seq };
}

/** A topic's rows as who reads all of it has them, by key; goes on changing. */
export async function followRows(topic: string): Promise<() => Record<string, unknown>> {
  const entries = await followTopic(topic);
  return () => Object.fromEntries(capturedRows(entries));
}
