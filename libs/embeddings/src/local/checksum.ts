import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";

/** Beside a file, in the form that `sha256sum` writes and checks. */
const SUFFIX = ".sha256";

/**
 * The file's sha256, in hex.
 *
 * @param expected by configuration; when it names none, what stands in a file of the same name with `.sha256` behind
 * it, where there is one. A download leaves one.
 * @throws {Error} one sentence, when the file isn't the expected one.
 */
export async function checkSha256(file: string, expected: string | undefined): Promise<string> {
  const found = await sha256(file);
  const wanted = expected?.toLowerCase() ?? (await recordedSha256(file));
  if (wanted !== null && wanted !== found) {
    const origin = expected === undefined ? `${file}${SUFFIX} names` : 'the model\'s "sha256" is';
    throw new Error(
      `The model file ${file} is damaged or another one, because its sha256 is ${found} and ${origin} ${wanted}; ` +
        `remove it and fetch it again.`,
    );
  }
  return found;
}

/** @param bytes what the file will have. */
export async function recordSha256(file: string, bytes: Uint8Array): Promise<void> {
  const hex = createHash("sha256").update(bytes).digest("hex");
  await writeFile(`${file}${SUFFIX}`, `${hex}  ${basename(file)}\n`);
}

async function recordedSha256(file: string): Promise<string | null> {
  if (!existsSync(`${file}${SUFFIX}`)) return null;
  const [hex = ""] = (await readFile(`${file}${SUFFIX}`, "utf8")).trim().split(/\s/);
  return hex.toLowerCase();
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
