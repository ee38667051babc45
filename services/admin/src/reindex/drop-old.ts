import type { GenerationsState } from "@freshet/schemas/index-generations";
import { FatalError } from "@freshet/streaming/errors";
import { StoreUnavailableError } from "@freshet/vector-stores/errors";
import type { VerifyContext } from "../verify/comparison.js";
import { agree } from "./agree.js";
import type { Drive } from "./drive.js";
import type { IndexWatch } from "./index-watch.js";
import { answeredByUnrecorded } from "./unrecorded.js";
import { leftOver } from "./left-over.js";
import { adopted, dropOthers } from "./record-changes.js";
import { requireState } from "./require-state.js";

/** Removes every generation but the one that answers, with its collections, groups and topics. */
export async function dropOld(
  context: VerifyContext,
  { watch, drive }: { readonly watch: IndexWatch; readonly drive: Drive },
  { yes }: { readonly yes: boolean },
): Promise<void> {
  const { terminal } = context;
  const { index } = watch;
  let isAgreed = yes;
  for (;;) {
    const recorded = requireState(watch);
    if (recorded.reindex !== null) {
      throw new FatalError(
        `A reindexing of ${index} is under way: finish it by freshet reindex ${index}, or take it back by --rollback.`,
      );
    }
    const state = adopted(recorded, await unrecordedNumbers(context, watch, recorded), Date.now());
    const others = state.generations.filter(({ number }) => number !== state.serving);
    if (others.every(({ dropping }) => dropping)) break;
    const numbers = others.map(({ number }) => number);
    const { topics } = leftOver(state, numbers, watch.storeNames);
    const named = topics.length === 0 ? "" : `, and the topics ${topics.join(", ")}`;
    terminal.report(
      `What goes: of ${index} generation ${numbers.join(", ")}, the collections in ${watch.storeNames.join(", ")}${named}. ` +
        `There is no way back then.`,
    );
    if (!isAgreed) await agree(terminal, "Remove?");
    isAgreed = true;
    if (await watch.change(recorded, dropOthers(state, Date.now()))) break;
  }
  const { serving } = await drive.run();
  terminal.result(`${index} has generation ${serving} alone.`);
}

/**
 * Of generations that stores have, and the record doesn't. None while a store can't be looked at, as searches may be answered
 * by one of them there.
 *
 * @throws {FatalError} when they are.
 */
async function unrecordedNumbers(
  { terminal }: VerifyContext,
  watch: IndexWatch,
  state: GenerationsState,
): Promise<readonly number[]> {
  try {
    const stored = await watch.stored();
    const answered = answeredByUnrecorded(state, stored);
    if (answered !== null) throw new FatalError(answered);
    const isUnrecorded = (number: number) => state.generations.every((one) => one.number !== number);
    return [...new Set(stored.all.filter(isUnrecorded))].sort((a, b) => a - b);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    terminal.report(`${error.message} So what stores alone know of ${state.index} stays.`);
    return [];
  }
}
