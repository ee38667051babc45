import { GenerationsFeed } from "@freshet/generations/generations-feed";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { EXIT, type CommandContext, type ExitCode } from "../command-context.js";
import { OriginWriter } from "./origin-writer.js";
import { nameOf } from "./render-letter.js";
import { type ReplayCounts, renderReplay } from "./render-replay.js";
import { replayPiece } from "./replay-piece.js";
import { rowTopics } from "./replay-plan.js";
import { RowCapture } from "./row-capture.js";
import type { Selection } from "./selection.js";
import { settleLetters } from "./settle-letters.js";
import { letterTopic } from "./topics.js";

/**
 * Sends letters to where they came from, or has their rows captured again. A letter counts as replayed only when that
 * is done, so what a run was at when it broke off is done again by the next one.
 *
 * @throws {RetriableError | FatalError} in a sentence.
 */
export async function replayLetters(context: CommandContext, given: string, selection: Selection): Promise<ExitCode> {
  const { connection, configuration, terminal } = context;
  const generations = await GenerationsFeed.open(context);
  await generations.close();
  const admin = await connectTopicAdmin(connection);
  const means = {
    writer: new OriginWriter(connection, admin),
    capture: new RowCapture(context),
    tables: rowTopics(configuration, generations.running()),
  };
  let total: ReplayCounts = { sent: 0, captured: 0, left: 0 };
  try {
    const topic = await letterTopic(admin, given);
    await settleLetters(context, { admin, topic, selection }, async (letters) => {
      const { settled, left, counts } = await replayPiece(letters, means);
      for (const [letter, why] of left) terminal.report(`${nameOf(letter)} ${why}.`);
      total = sum(total, counts);
      return settled;
    });
    terminal.result(renderReplay(topic.name, total));
    return total.left === 0 ? EXIT.done : EXIT.failed;
  } finally {
    await means.capture.close();
    await means.writer.close();
    await admin.close();
  }
}

function sum(one: ReplayCounts, other: ReplayCounts): ReplayCounts {
  return {
    sent: one.sent + other.sent,
    captured: one.captured + other.captured,
    left: one.left + other.left,
  };
}
