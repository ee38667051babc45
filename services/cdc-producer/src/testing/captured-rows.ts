import { BEGINNING, isOlder, type Position } from "@freshet/schemas/position";
import { followTopic } from "./test-service.js";

const SNAPSHOT_END = '{"$freshet":"snapshot-end"}';

interface Captured {
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly source: { readonly epoch: number; readonly commitLsn: number; readonly seq: number };
}

/**
 * A topic as who reads all of it has its rows, by key; goes on changing. What lies below the last snapshot-end wasn't
 * found in the table any more. (Not read by the codec: numbers are small here.)
 */
export async function followRows(topic: string): Promise<() => Record<string, unknown>> {
  const entries = await followTopic(topic);
  const positionOf = (value: string | undefined): Position => {
    if (value === undefined) return BEGINNING;
    const { epoch, commitLsn, seq } = (JSON.parse(value) as Captured).source;
    return { epoch, commitLsn: BigInt(commitLsn), seq };
  };
  return () => {
    const end = positionOf(entries.get(SNAPSHOT_END));
    const rows: Record<string, unknown> = {};
    for (const [key, value] of entries) {
      const { after } = JSON.parse(value) as Captured;
      if (after !== null && !isOlder(positionOf(value), end)) rows[key] = after;
    }
    return rows;
  };
}
