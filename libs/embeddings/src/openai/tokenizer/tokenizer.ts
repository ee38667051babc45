import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { downloadModel } from "../../local/hub-download.js";
import { openTokenizer } from "../../local/tokenizer.js";
import { copyOf } from "../../string-copy.js";
import type { Count } from "./text-tokens.js";

export interface TokenizerLocation {
  /** An encoding of OpenAI's, an absolute folder, or a model's name on the hub. */
  readonly tokenizer: string;
  readonly modelDirectory?: string | undefined;
  readonly modelCache: string;
}

export interface Tokenizer {
  readonly count: Count;
  /** How many tokens the model adds to each text. */
  readonly special: number;
}

/** Words that an encoding remembers, each with the piece of text that it stood in. */
const MAX_REMEMBERED = 10_000;

const REQUIRED = ["tokenizer.json", "tokenizer_config.json"];

/** Each is large, so it is loaded only when it is asked for. */
const ENCODINGS = {
  cl100k_base: () => import("gpt-tokenizer/encoding/cl100k_base"),
  o200k_base: () => import("gpt-tokenizer/encoding/o200k_base"),
};

/** @throws {Error} one sentence, when there is no such tokenizer. */
export async function findTokenizer(location: TokenizerLocation): Promise<Tokenizer> {
  const { tokenizer } = location;
  return tokenizer === "cl100k_base" || tokenizer === "o200k_base" ? openEncoding(tokenizer) : openFolder(location);
}

async function openEncoding(name: keyof typeof ENCODINGS): Promise<Tokenizer> {
  const { countTokens, setMergeCacheSize } = await ENCODINGS[name]();
  setMergeCacheSize(MAX_REMEMBERED);
  // In a row's text, what looks like a control token is text.
  const plain = { disallowedSpecial: new Set<string>() };
  return { count: (text) => countTokens(copyOf(text), plain), special: 0 };
}

async function openFolder(location: TokenizerLocation): Promise<Tokenizer> {
  const folder = await findFolder(location);
  const tokenizer = await openTokenizer(folder, Number.MAX_SAFE_INTEGER);
  return { count: (text) => tokenizer.count(text), special: tokenizer.encode("").length };
}

async function findFolder({ tokenizer, modelDirectory, modelCache }: TokenizerLocation): Promise<string> {
  if (!isAbsolute(tokenizer) && modelDirectory === undefined) {
    const folder = join(modelCache, tokenizer);
    await downloadModel({ name: tokenizer, hub: tokenizer, folder, required: REQUIRED, optional: [] });
    return folder;
  }
  const folder = isAbsolute(tokenizer) ? tokenizer : join(modelDirectory ?? "", tokenizer);
  const missing = REQUIRED.find((file) => !existsSync(join(folder, file)));
  if (missing !== undefined) {
    throw new Error(
      `The tokenizer ${tokenizer} can't be loaded, because ${join(folder, missing)} doesn't exist: name ` +
        `${Object.keys(ENCODINGS).join(" or ")}, a folder with a Hugging Face tokenizer, or a model on the hub.`,
    );
  }
  return folder;
}
