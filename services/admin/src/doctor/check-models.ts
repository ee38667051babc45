import { stat } from "node:fs/promises";
import type { Environment } from "@freshet/process/environment";
import type { Finding } from "@freshet/postgres/finding";

/** Whether the models' folder is one. Never throws. */
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
