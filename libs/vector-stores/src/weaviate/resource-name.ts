import { InputRefusedError } from "../errors.js";

/** Of collections and aliases: https://docs.weaviate.io/weaviate/config-refs/collections#collection-name */
const MAX_LENGTH = 255;
/** Names begin with a capital, and an index's folder has the name in lower case: two names may not differ in that alone. */
const PREFIX = "Freshet_";
/** All but small letters, digits and underscores, and an underscore that would read as the beginning of an escaped character. */
const ESCAPED = /[^a-z0-9_]|_(?=[^a-z0-9])/gu;

/**
 * With a prefix, and each byte of what isn't a small letter, a digit or an underscore written as `__2d`. No two names
 * become one, whatever the case.
 *
 * @throws {InputRefusedError} for a name that is empty, too long, or no text.
 */
export function toResourceName(name: string): string {
  if (name === "" || /\p{Surrogate}/u.test(name)) {
    throw new InputRefusedError(`Weaviate takes no collection of the name ${JSON.stringify(name)}: name it otherwise.`);
  }
  const made = PREFIX + escaped(name);
  if (made.length > MAX_LENGTH) {
    throw new InputRefusedError(
      `Weaviate takes names of at most ${MAX_LENGTH} letters, digits and underscores, and ${JSON.stringify(name)} ` +
        `needs ${made.length}: choose a shorter one.`,
    );
  }
  return made;
}

/** Null for what `toResourceName` never gives. */
export function fromResourceName(resource: string): string | null {
  if (!resource.startsWith(PREFIX)) return null;
  try {
    const name = decodeURIComponent(resource.slice(PREFIX.length).replaceAll(/__([0-9a-f]{2})/g, "%$1"));
    return toResourceName(name) === resource ? name : null;
  } catch {
    return null;
  }
}

/** Letters, digits and underscores that stand for this text alone, whatever the case. */
export function escaped(text: string): string {
  return text.replaceAll(ESCAPED, (character) =>
    [...Buffer.from(character)].map((byte) => `__${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}
