import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { EXIT, type CommandContext, type ExitCode } from "../command-context.js";
import { LetterCounter } from "./letter-counts.js";
import { openLetters, readSettled } from "./letters.js";
import { renderCounts } from "./render-counts.js";
import { allLetterTopics, letterTopic } from "./topics.js";

/** Counts what nobody has dealt with. @throws {RetriableError | FatalError} in a sentence. */
export async function listLetters(
  { connection, terminal, signal }: CommandContext,
  { topic: given, json }: { readonly topic: string | null; readonly json: boolean },
): Promise<ExitCode> {
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
    const counts = counted.flat();
    terminal.result(
      json
        ? JSON.stringify({ deadLetters: counts }, null, 2)
        : renderCounts(counts, { now: Date.now(), colors: terminal.colors.result }),
    );
    return EXIT.done;
  } finally {
    await admin.close();
  }
}
