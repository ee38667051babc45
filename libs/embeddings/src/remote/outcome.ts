import { ModelUnavailableError, TextsRefusedError, type Embedding } from "../embedding-model.js";
import { RequestRefusedError } from "./errors.js";

/** What came of one text. */
export type Outcome = Embedding | Error;

/** Neither a text's fault nor a passing one: whatever is sent will meet it. */
export function isFatal(outcome: Outcome): outcome is Error {
  return (
    outcome instanceof Error && !(outcome instanceof RequestRefusedError) && !(outcome instanceof ModelUnavailableError)
  );
}

/**
 * The outcomes as an {@link EmbeddingModel}'s answer. What can't be mended by waiting comes first: it would be met
 * again.
 *
 * @throws {Error} of a misconfiguration or defect, as it is. @throws {ModelUnavailableError} with what was answered.
 * @throws {TextsRefusedError} when all that fails are texts.
 */
export function settle(outcomes: readonly Outcome[]): Embedding[] {
  const failures = new Map<number, Error>();
  const embeddings: Embedding[] = [];
  let unavailable: ModelUnavailableError | undefined;
  for (const [place, outcome] of outcomes.entries()) {
    if (!(outcome instanceof Error)) embeddings.push(outcome);
    else if (outcome instanceof RequestRefusedError) failures.set(place, outcome);
    else if (outcome instanceof ModelUnavailableError) unavailable ??= outcome;
    else throw outcome;
  }
  const answered = outcomes.map((outcome) => (outcome instanceof Error ? null : outcome));
  if (unavailable) throw new ModelUnavailableError(unavailable.message, { cause: unavailable, embeddings: answered });
  if (failures.size > 0) throw new TextsRefusedError(failures, answered);
  return embeddings;
}
