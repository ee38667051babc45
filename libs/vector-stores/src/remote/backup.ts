import { askOwner, type StoreOwner } from "./owner.js";
import { backupAnswer, type BackupAnswer } from "./protocol.js";

/** Shorter than what fetch itself waits for an answer; the owner goes on with a backup that takes longer. */
const TIMEOUT_MS = 290_000;

export interface BackupRequest {
  /** So many of the store's backups stay, the newest; all when it is undefined. */
  readonly keep?: number | undefined;
}

/** Has a store's owner back it up, to where its own settings say. @throws what `askOwner` throws. */
export async function requestBackup(owner: StoreOwner, { keep }: BackupRequest = {}): Promise<BackupAnswer> {
  const body = keep === undefined ? {} : { keep };
  return backupAnswer.parse(await askOwner(owner, { operation: "backup", body, timeoutMs: TIMEOUT_MS }));
}
