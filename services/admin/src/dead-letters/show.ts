import { FatalError } from "@freshet/streaming/errors";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { EXIT, type CommandContext, type ExitCode } from "../command-context.js";
import { openLetters, readSettled } from "./letters.js";
import { letterToJson, renderLetter } from "./render-letter.js";
import type { Selection } from "./selection.js";
import { letterTopic } from "./topics.js";

/** @throws {FatalError} */
export function parseLimit(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new FatalError(`--limit ${text} is no number of letters: give one from 1.`);
}

export interface ShowOptions {
  readonly selection: Selection;
  /** How many letters at most, the oldest first. */
  readonly limit: number;
  readonly json: boolean;
}

/** Prints letters whole. @throws {RetriableError | FatalError} in a sentence. */
export async function showLetters(
  { connection, terminal, signal }: CommandContext,
  given: string,
  { selection, limit, json }: ShowOptions,
): Promise<ExitCode> {
  const admin = await connectTopicAdmin(connection);
  try {
    const topic = await letterTopic(admin, given);
    const ranges = (await readSettled(connection, signal)).get(topic.name) ?? [];
    let shown = 0;
    let hasMore = false;
    for await (const letters of openLetters({ connection, topic, ranges, signal })) {
      const meant = letters.filter(selection);
      const now = meant.slice(0, limit - shown);
      for (const letter of now) {
        terminal.result(json ? letterToJson(letter) : renderLetter(letter, terminal.colors.result));
      }
      shown += now.length;
      hasMore = now.length < meant.length;
      if (hasMore) break;
    }
    if (hasMore) terminal.report(`There are more: --limit ${limit} ends here.`);
    if (shown === 0) terminal.report(`No dead letter in ${topic.name} is meant by that.`);
    return EXIT.done;
  } finally {
    await admin.close();
  }
}
