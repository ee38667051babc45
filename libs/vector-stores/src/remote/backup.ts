import type { StoreBackup } from "../embedded-store.js";
import { askOwner, type StoreOwner } from "./owner.js";
import { backupAnswer } from "./protocol.js";

/** Shorter than what fetch itself waits for an answer; the owner goes on with a backup that takes longer. */
const TIMEOUT_MS = 290_000;

/** Has a store's owner back it up, to where its own settings say. @throws what `askOwner` throws. */
export async function requestBackup(owner: StoreOwner): Promise<StoreBackup> {
  return backupAnswer.parse(await askOwner(owner, { operation: "backup", body: {}, timeoutMs: TIMEOUT_MS }));
}
