import { readFile } from "node:fs/promises";
import { FatalError } from "../../errors.js";
import { type AccessToken, type AccessTokens, parseAccessToken } from "./access-token.js";

/** A file that somebody else keeps fresh, such as the kubelet; read for each login. */
export class TokenFile implements AccessTokens {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async current(): Promise<AccessToken> {
    const path = this.#path;
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      throw new FatalError(`The token file ${path} can't be read (${code}).`);
    });
    return parseAccessToken(text, `The token in ${path}`);
  }
}
