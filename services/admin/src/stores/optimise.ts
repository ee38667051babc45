import { requestOptimisation } from "@freshet/vector-stores/remote/optimisation";
import { EXIT, type ExitCode } from "../command-context.js";
import { formatCount } from "../rendering/measures.js";
import { requireZvecStore, type StoreContext } from "./store-context.js";

/** Waits until the search index is there of all points that were stored at the call. */
export async function optimiseStore(
  context: StoreContext,
  { name, json }: { readonly name: string; readonly json: boolean },
): Promise<ExitCode> {
  requireZvecStore(context, name);
  const { environment, signal, terminal } = context;
  const collections = await requestOptimisation({ ...environment.stores.zvec, store: name }, signal);
  const points = collections.reduce((sum, collection) => sum + collection.points, 0);
  const indexed = collections.reduce((sum, collection) => sum + collection.points * collection.indexed, 0);
  const share = points === 0 ? 100 : Math.floor((indexed / points) * 100);
  terminal.result(
    json
      ? JSON.stringify({ collections })
      : `${name}: ${formatCount(points)} points, ${share} % of them in the search index.`,
  );
  return EXIT.done;
}
