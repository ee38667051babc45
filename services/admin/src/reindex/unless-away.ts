import { StoreUnavailableError } from "@freshet/vector-stores/errors";

/** Null when a store that is asked can't be looked at now. @throws whatever else it throws. */
export async function unlessAway<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof StoreUnavailableError) return null;
    throw error;
  }
}
