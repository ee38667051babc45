import { join } from "node:path";
import { loadClient } from "@freshet/vector-stores/client-package";
import { EXIT, type ExitCode } from "../command-context.js";
import { requireZvecStore, type StoreContext } from "./store-context.js";

/** Changes files of this machine alone; the vector-sink does the rest when it starts. */
export async function restoreStore(
  context: StoreContext,
  { name, backup }: { readonly name: string; readonly backup: string },
): Promise<ExitCode> {
  requireZvecStore(context, name);
  const directory = join(context.environment.stores.zvec.directory, name);
  const { restoreZvecStore } = await loadClient("@zvec/zvec", () => import("@freshet/vector-stores/zvec/restore"));
  const { manifest, before } = await restoreZvecStore({ directory, backup });
  context.terminal.result(
    `${directory} is as it was at ${manifest.takenAt}. Start the vector-sink: it reads its topics from their beginning, ` +
      `and brings the store up to date.`,
  );
  if (before !== null)
    context.terminal.report(`What was there is in ${before}; remove it when it isn't needed any more.`);
  return EXIT.done;
}
