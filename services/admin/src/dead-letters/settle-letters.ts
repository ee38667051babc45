import type { DeadLetterRecord } from "@freshet/streaming/dead-letter";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";
import type { CommandContext } from "../command-context.js";
import { openLetters, readSettled } from "./letters.js";
import type { Selection } from "./selection.js";
import { Settlement } from "./settlement.js";
import type { LetterTopic } from "./topics.js";

export interface SettleOptions {
  readonly admin: TopicAdmin;
  readonly topic: LetterTopic;
  readonly selection: Selection;
}

/**
 * Goes through the letters that are meant, piece by piece, and notes of each piece what `settle` has dealt with before
 * it goes on.
 *
 * @throws {RetriableError | FatalError} in a sentence. @throws the signal's reason.
 */
export async function settleLetters(
  { connection, signal }: Pick<CommandContext, "connection" | "signal">,
  { admin, topic, selection }: SettleOptions,
  settle: (letters: readonly DeadLetterRecord[]) => Promise<ReadonlySet<DeadLetterRecord>>,
): Promise<void> {
  const ranges = (await readSettled(connection, signal)).get(topic.name) ?? [];
  const settlement = new Settlement({ connection, admin, topic, ranges });
  try {
    for await (const letters of openLetters({ connection, topic, ranges, signal })) {
      const settled = await settle(letters.filter(selection));
      await settlement.note(letters, (letter) => settled.has(letter));
    }
    await settlement.trim();
  } finally {
    await settlement.close();
  }
}
