import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { EXIT, type CommandContext, type ExitCode } from "../command-context.js";
import { LetterCounter, type LetterCount } from "./letter-counts.js";
import { openLetters, readSettled } from "./letters.js";
import { renderCounts } from "./render-counts.js";
import { allLetterTopics, letterTopic } from "./topics.js";

export async function listLetters(
  context: CommandContext,
  { topic, json }: { readonly topic: string | null; readonly json: boolean },
): Promise<ExitCode> {
  const counts = await countLetters(context, topic);
  const { terminal } = context;
  terminal.result(
    json
      ? JSON.stringify({ deadLetters: counts }, null, 2)
      : renderCounts(counts, { now: Date.now(), colors: terminal.colors.result }),
  );
  return EXIT.done;
}

/**
 * Counts what nobody has dealt with.
 *
 * @param given as `letterTopic` takes it; null: all. @throws {RetriableError | FatalError} in a sentence.
 */
export async function countLetters(
  { connection, signal }: Pick<CommandContext, "connection" | "signal">,
  given: string | null,
): Promise<readonly LetterCount[]> {
  const admin = await connectTopicAdmin(connection);
  try {
    const topics = given === null ? await allLetterTopics(admin) : [await letterTopic(admin, given)];
    const settled = await readSettled(connection, signal);
    const counted = await Promise.all(
      topics.map(async (topic) => {
        const counter = new LetterCounter();
        const ranges = settled.get(topic.name) ?? [];
        for await (const letters of openLetters({ connection, topic, ranges, signal })) {
          for (const letter of letters) counter.add(letter);
        }
        return counter.counts;
      }),
    );
    return counted.flat();
  } finally {
    await admin.close();
  }
}
