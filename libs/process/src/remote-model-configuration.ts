import { z } from "zod";

/** The environment variable with a server's key, or, with `_FILE` behind its name, the path of a file with it. */
export function apiKeyVariable(name: string) {
  return z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, "expected an environment variable's name in capitals, not the key itself")
    .default(name);
}

/** @param expected the sentence for what is no address. */
export function serverUrl(expected: string) {
  return z
    .url({
      protocol: /^https?$/,
      error: expected,
      // What follows would fail on what is no address at all.
      abort: true,
    })
    .refine((text) => new URL(text).username === "", "expected no user or password: a key comes from the environment");
}
