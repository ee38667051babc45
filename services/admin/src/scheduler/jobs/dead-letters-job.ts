import type { CommandContext } from "../../command-context.js";
import { countLetters } from "../../dead-letters/list.js";
import type { LetterCount } from "../../dead-letters/letter-counts.js";
import { formatCount } from "../../rendering/measures.js";
import type { JobOutcome } from "../job-plan.js";

/** The message has no more of them. */
const MAX_KINDS = 5;

/** Only counts: what is to become of them is for a person to say. */
export async function runDeadLetters(context: CommandContext): Promise<JobOutcome> {
  return summarizeLetters(await countLetters(context, null));
}

export function summarizeLetters(counts: readonly LetterCount[]): JobOutcome {
  if (counts.length === 0) return { result: "ok", message: "There are no dead letters." };
  const letters = counts.reduce((sum, count) => sum + count.letters, 0);
  const most = counts.toSorted((one, other) => other.letters - one.letters).slice(0, MAX_KINDS);
  const kinds = most.map(({ letters, deadLetterTopic, errorClass }) => {
    return `${formatCount(letters)} in ${deadLetterTopic} (${errorClass ?? "unknown"})`;
  });
  const more = counts.length > MAX_KINDS ? ", …" : "";
  const noun = letters === 1 ? "dead letter waits" : "dead letters wait";
  return { result: "found", message: `${formatCount(letters)} ${noun}: ${kinds.join(", ")}${more}.` };
}
