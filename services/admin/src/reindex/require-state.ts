import type { GenerationsState } from "@freshet/schemas/index-generations";
import { FatalError } from "@freshet/streaming/errors";
import type { IndexWatch } from "./index-watch.js";

/** @throws {FatalError} when nothing is recorded of the index, or it can't be read. */
export function requireState(watch: Pick<IndexWatch, "index" | "state">): GenerationsState {
  const state = watch.state();
  if (state !== undefined) return state;
  throw new FatalError(
    `Nothing is recorded of the index ${watch.index} yet: start the embedding-transformer, which builds it as freshet.yaml says.`,
  );
}
