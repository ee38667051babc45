import { env } from "@xenova/transformers";
import { getModelFile } from "@xenova/transformers/src/utils/hub.js";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface Download {
  readonly name: string;
  readonly hub: string;
  readonly folder: string;
  readonly required: readonly string[];
  /** Asked for beside the required ones; not every repository has them. */
  readonly optional: readonly string[];
}

/**
 * Fetches what the folder lacks. Nothing is asked of the hub when the required files are there, so a service with a
 * filled cache starts without a network.
 *
 * @throws {Error} one sentence that names the file and the reason.
 */
export async function downloadModel({ name, hub, folder, required, optional }: Download): Promise<void> {
  const missing = required.filter((file) => !existsSync(join(folder, file)));
  if (missing.length === 0) return;
  // Its cache writes in place: a second process that starts meanwhile would read half a model.
  env.useFSCache = false;
  env.allowLocalModels = false;
  for (const file of [...optional.filter((file) => !existsSync(join(folder, file))), ...missing]) {
    const bytes = await download(name, hub, file, required.includes(file));
    if (bytes !== null) await writeWhole(join(folder, file), bytes);
  }
}

async function download(name: string, hub: string, file: string, fatal: boolean): Promise<Uint8Array | null> {
  try {
    return await getModelFile(hub, file, fatal);
  } catch (error) {
    throw new Error(
      `The model ${name} could not be downloaded (${hub}/${file}: ${reason(error)}); ` +
        `check the network and the model's "hub", or name a folder that has the model in FRESHET_MODEL_DIR.`,
      { cause: error },
    );
  }
}

/** fetch only says "fetch failed"; what failed is in its cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const text = cause instanceof Error && cause.message !== "" ? cause.message : error.message;
  return text.replace(/\.$/, "");
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  // Several containers may share the folder, and in each this process has the same id.
  const partial = `${file}.${randomUUID()}.partial`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(partial, bytes);
  await rename(partial, file);
}
