import { decodeState, sourceStateKey, type SourceState } from "@freshet/schemas/service-state";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import { followTopic } from "./test-service.js";

/** What the producer has stored last under a slot's name; null before it has. */
export async function followState(slot: string): Promise<() => SourceState | null> {
  const states = await followTopic(STATE_TOPIC);
  return () => {
    const text = states.get(sourceStateKey(slot));
    const state = text === undefined ? null : decodeState(text);
    return state?.kind === "source" ? state : null;
  };
}
