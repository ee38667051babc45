import { requestBackup } from "@freshet/vector-stores/remote/backup";
import { EXIT, type ExitCode } from "../command-context.js";
import { formatBytes, formatCount } from "../rendering/measures.js";
import { requireZvecStore, type StoreContext } from "./store-context.js";

/** Prints where the backup lies on the vector-sink's machine. */
export async function backUpStore(
  context: StoreContext,
  { name, keep, json }: { readonly name: string; readonly keep?: number | undefined; readonly json: boolean },
): Promise<ExitCode> {
  requireZvecStore(context, name);
  const backup = await requestBackup({ ...context.environment.stores.zvec, store: name }, { keep });
  const points = backup.collections.reduce((sum, collection) => sum + collection.points, 0);
  const older = backup.removed.length === 0 ? "" : ` Older ones were removed: ${backup.removed.join(", ")}.`;
  context.terminal.result(
    json
      ? JSON.stringify(backup)
      : `${backup.path}: ${formatCount(points)} points, ${formatBytes(backup.bytes)}, as of ${backup.takenAt}.${older}`,
  );
  return EXIT.done;
}
