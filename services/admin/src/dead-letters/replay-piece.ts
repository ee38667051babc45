import type { DeadLetterRecord } from "@freshet/streaming/dead-letter";
import type { LetterToSend, OriginWriter } from "./origin-writer.js";
import type { ReplayCounts } from "./render-replay.js";
import { planReplay } from "./replay-plan.js";
import type { LetterToCapture, RowCapture } from "./row-capture.js";

export interface ReplayMeans {
  readonly writer: OriginWriter;
  readonly capture: RowCapture;
  /** The tables by the topics whose keys are their rows'. */
  readonly tables: ReadonlyMap<string, string>;
}

export interface ReplayedPiece {
  readonly settled: ReadonlySet<DeadLetterRecord>;
  /** Why a letter stays, of those that do. */
  readonly left: ReadonlyMap<DeadLetterRecord, string>;
  readonly counts: ReplayCounts;
}

/** Resolves when every letter is durable where it belongs, or is known to stay. */
export async function replayPiece(
  letters: readonly DeadLetterRecord[],
  { writer, capture, tables }: ReplayMeans,
): Promise<ReplayedPiece> {
  const left = new Map<DeadLetterRecord, string>();
  const toSend: LetterToSend[] = [];
  const toCapture: LetterToCapture[] = [];
  for (const letter of letters) {
    const step = planReplay(letter, tables);
    switch (step.kind) {
      case "send":
        toSend.push({ letter, topic: step.topic });
        break;
      case "capture":
        toCapture.push({ letter, table: step.table, key: step.key });
        break;
      case "leave":
        left.set(letter, step.why);
        break;
      default:
        step satisfies never;
    }
  }
  for (const [letter, why] of await writer.send(toSend)) left.set(letter, why);
  for (const [letter, why] of await capture.capture(toCapture)) left.set(letter, why);
  const done = (asked: readonly { readonly letter: DeadLetterRecord }[]) =>
    asked.filter(({ letter }) => !left.has(letter)).length;
  return {
    settled: new Set(letters.filter((letter) => !left.has(letter))),
    left,
    counts: { sent: done(toSend), captured: done(toCapture), left: left.size },
  };
}
