import { FatalError } from "@freshet/streaming/errors";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { EXIT, type CommandContext, type ExitCode } from "../command-context.js";
import { openLetters, readSettled } from "./letters.js";
import { renderLetters } from "./render-replay.js";
import type { Selection } from "./selection.js";
import { settleLetters } from "./settle-letters.js";
import { letterTopic, type LetterTopic } from "./topics.js";

export interface DropOptions {
  readonly selection: Selection;
  /** Without asking. */
  readonly yes: boolean;
}

/** Gives letters up, for good. @throws {RetriableError | FatalError} in a sentence. */
export async function dropLetters(
  context: CommandContext,
  given: string,
  { selection, yes }: DropOptions,
): Promise<ExitCode> {
  const { connection, terminal } = context;
  const admin = await connectTopicAdmin(connection);
  try {
    // What comes while somebody thinks about the answer isn't dropped.
    const topic = await letterTopic(admin, given);
    if (!yes && !(await isAgreed(context, topic, selection))) {
      terminal.result("Nothing was dropped.");
      return EXIT.failed;
    }
    let dropped = 0;
    await settleLetters(context, { admin, topic, selection }, (letters) => {
      dropped += letters.length;
      return Promise.resolve(new Set(letters));
    });
    terminal.result(`Dropped ${renderLetters(dropped)} of ${topic.name}.`);
    return EXIT.done;
  } finally {
    await admin.close();
  }
}

async function isAgreed(
  { connection, terminal, signal }: CommandContext,
  topic: LetterTopic,
  selection: Selection,
): Promise<boolean> {
  if (terminal.ask === null) {
    throw new FatalError("Nobody can be asked here, so nothing was dropped: say --yes to drop without a question.");
  }
  const ranges = (await readSettled(connection, signal)).get(topic.name) ?? [];
  let meant = 0;
  for await (const letters of openLetters({ connection, topic, ranges, signal })) {
    meant += letters.filter(selection).length;
  }
  if (meant === 0) return true;
  const question = `Drop ${renderLetters(meant)} of ${topic.name}? Nothing brings them back. [y/N] `;
  return /^y(es)?$/i.test((await terminal.ask(question)).trim());
}
