import { isOfLostRecord } from "@freshet/generations/lost-generation";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import type { StoredGenerations } from "./store-watch.js";

/** Says so when searches are answered by a generation that the record hasn't got, with what to do; else null. */
export function answeredByUnrecorded(
  state: GenerationsState,
  { answering }: Pick<StoredGenerations, "answering">,
): string | null {
  const { index, generations } = state;
  const answers = answering.find((number) => generations.every((one) => one.number !== number));
  if (answers === undefined) return null;
  const found = `Searches of ${index} are answered by generation ${answers}, of which topic ${STATE_TOPIC} knows nothing`;
  return isOfLostRecord(state, answers)
    ? `${found}: that record was lost, so have freshet reindex ${index} --force build another one.`
    : `${found} any more: wait until the vector-sink has filled the one that is to answer.`;
}
