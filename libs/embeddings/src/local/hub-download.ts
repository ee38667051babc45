import { env } from "@xenova/transformers";
import { getModelFile } from "@xenova/transformers/src/utils/hub.js";
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { recordSha256 } from "./checksum.js";
import { readHubFile, type HubFile } from "./hub-file.js";

export interface Download {
  readonly name: string;
  readonly hub: string;
  /** Hugging Face by default. */
  readonly hubUrl?: string | undefined;
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
export async function downloadModel({ name, hub, hubUrl, folder, required, optional }: Download): Promise<void> {
  const lacks = (file: string) => !existsSync(join(folder, file));
  const missing = required.filter(lacks);
  if (missing.length === 0) return;
  // Its cache writes in place: a second process that starts meanwhile would read half a model.
  env.useFSCache = false;
  env.allowLocalModels = false;
  if (hubUrl !== undefined) env.remoteHost = hubUrl.endsWith("/") ? hubUrl : `${hubUrl}/`;
  for (const file of [...optional.filter(lacks), ...missing]) {
    try {
      await download(hub, file, { folder, required: required.includes(file) });
    } catch (error) {
      throw new Error(
        `The model ${name} could not be downloaded (${hub}/${file}: ${reason(error)}); ` +
          `check the network and the model's "hub", or name a folder that has the model in FRESHET_MODEL_DIR.`,
        { cause: error },
      );
    }
  }
}

async function download(
  hub: string,
  file: string,
  { folder, required }: { readonly folder: string; readonly required: boolean },
): Promise<void> {
  const expected = await readHubFile(env.remoteHost, hub, file);
  if (expected === null && !required) return;
  const bytes = await getModelFile(hub, file, true);
  if (bytes === null) throw new Error("the hub has no such file");
  if (expected !== null) check(bytes, expected);
  await writeWhole(join(folder, file), bytes);
}

function check(bytes: Uint8Array, { size, sha256, gitSha1 }: HubFile): void {
  if (size !== null && bytes.length !== size) {
    throw new Error(`the hub sent ${bytes.length} bytes of ${size}`);
  }
  const hex = (algorithm: string, head = "") => createHash(algorithm).update(head).update(bytes).digest("hex");
  const damaged =
    (sha256 !== null && hex("sha256") !== sha256) ||
    (gitSha1 !== null && hex("sha1", `blob ${bytes.length}\0`) !== gitSha1);
  if (damaged) throw new Error("what the hub sent hasn't the checksum that the hub names");
}

/** fetch only says "fetch failed"; what failed is in its cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const text = cause instanceof Error && cause.message !== "" ? cause.message : error.message;
  return text.replace(/\.$/, "");
}

/** The file appears at once, and after its checksum. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  // Several containers may share the folder, and in each this process has the same id.
  const partial = `${file}.${randomUUID()}.partial`;
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(partial, bytes);
    if (file.endsWith(".onnx")) await recordSha256(file, bytes);
    await rename(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
}
