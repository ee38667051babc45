import { stat } from "node:fs/promises";
import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import type { Finding } from "@freshet/postgres/finding";
import { StoreUnavailableError } from "@freshet/vector-stores/errors";
import { openSearchableStore } from "@freshet/vector-stores/open-store";

const TIMEOUT_MS = 5_000;

/** Whether each store answers. Never throws. */
export async function checkStores({ stores }: Configuration, { stores: places }: Environment): Promise<Finding[]> {
  return Promise.all(
    Object.entries(stores).map(async ([name, settings]): Promise<Finding> => {
      const check = `store ${name}`;
      try {
        const store = await openSearchableStore(settings, { name, places, requestTimeoutMs: TIMEOUT_MS });
        try {
          return { check, ok: true, says: await store.check() };
        } finally {
          await store.close();
        }
      } catch (error) {
        // A sink of ours answers for it, and may come later.
        const isOurs = settings.kind === "zvec" && error instanceof StoreUnavailableError;
        return { check, ok: isOurs ? "warning" : false, says: (error as Error).message };
      }
    }),
  );
}

export async function checkModelFolder({ modelDirectory, modelCache }: Environment): Promise<Finding> {
  const check = "models";
  if (modelDirectory === undefined)
    return { check, ok: true, says: `They are fetched from the hub, and kept in ${modelCache}.` };
  const found = await stat(modelDirectory).catch(() => null);
  return found?.isDirectory() === true
    ? { check, ok: true, says: `They are in ${modelDirectory}.` }
    : {
        check,
        ok: false,
        says: `${modelDirectory} is no folder: set FRESHET_MODEL_DIR to one with models, or unset it.`,
      };
}
