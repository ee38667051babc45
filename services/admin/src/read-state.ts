import { decodeState, type ServiceState } from "@freshet/schemas/service-state";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import { FatalError } from "@freshet/streaming/errors";

/** @throws {FatalError} when the record can't be read. */
export function readState(key: string, text: string): ServiceState {
  try {
    return decodeState(text);
  } catch (error) {
    throw new FatalError(
      `Record ${key} of topic ${STATE_TOPIC} can't be read: is it of a newer version than this command? ${(error as Error).message}`,
      { cause: error },
    );
  }
}
