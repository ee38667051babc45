import { isUtf8 } from "node:buffer";
import type { Codec } from "./topic.js";

/** Bytes as they are. */
export const bytes: Codec<Buffer> = {
  encode: (value) => ({ bytes: value }),
  decode: present,
};

/** UTF-8; other bytes are poison instead of being replaced. */
export const text: Codec<string> = {
  encode: (value) => ({ bytes: value }),
  decode: (given) => {
    const found = present(given);
    if (!isUtf8(found)) throw new SyntaxError("the bytes are no UTF-8");
    return found.toString("utf8");
  },
};

/**
 * JSON with JavaScript's numbers: integers beyond 2^53 lose digits.
 *
 * @param validate makes of any JSON what the topic is to hold, or throws: that is poison.
 */
export function json<T>(validate: (value: unknown) => T): Codec<T> {
  return {
    encode: (value) => {
      // The types leave out that undefined and functions give undefined.
      const encoded = JSON.stringify(value) as string | undefined;
      if (encoded === undefined) throw new TypeError(`a value of type ${typeof value} has no JSON`);
      return { bytes: encoded };
    },
    decode: (given, origin) => validate(JSON.parse(text.decode(given, origin))),
  };
}

/** Lets null stand for no bytes: a tombstone, or a record without a key. */
export function nullable<T>(codec: Codec<T>): Codec<T | null> {
  return {
    encode: (value) => (value === null ? { bytes: null } : codec.encode(value)),
    decode: (given, origin) => (given === null ? null : codec.decode(given, origin)),
  };
}

function present(given: Buffer | null): Buffer {
  if (given === null) throw new TypeError("there are no bytes: it is a tombstone, or a record without a key");
  return given;
}
