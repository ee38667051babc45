import { InputRefusedError } from "../errors.js";

/** Of collections, aliases and indexes: https://milvus.io/docs/limitations.md#Naming-rules */
const MAX_LENGTH = 255;
/** What Milvus wouldn't take: a digit in front, and all but letters, digits and underscores. */
const FOREIGN = /^[0-9]|[^A-Za-z0-9_]/;
/** That, and an underscore that would read as the beginning of an escaped character. */
const ESCAPED = /^[0-9]|[^A-Za-z0-9_]|_(?=[^A-Za-z0-9])/gu;

/**
 * The name as it is, where Milvus takes it; otherwise each byte that it doesn't is written as `__2d`. No two names
 * become one.
 *
 * @throws {InputRefusedError} for a name that is empty, too long, or no text.
 */
export function toResourceName(name: string, { maxLength = MAX_LENGTH } = {}): string {
  if (name === "" || /\p{Surrogate}/u.test(name)) {
    throw new InputRefusedError(`Milvus takes no collection of the name ${JSON.stringify(name)}: name it otherwise.`);
  }
  const made = name.replaceAll(ESCAPED, (character) =>
    [...Buffer.from(character)].map((byte) => `__${byte.toString(16).padStart(2, "0")}`).join(""),
  );
  if (made.length > maxLength) {
    throw new InputRefusedError(
      `Milvus takes names of at most ${maxLength} letters, digits and underscores, and ${JSON.stringify(name)} ` +
        `needs ${made.length}: choose a shorter one.`,
    );
  }
  return made;
}

/** Null for what `toResourceName` never gives. */
export function fromResourceName(resource: string): string | null {
  if (FOREIGN.test(resource)) return null;
  try {
    const name = decodeURIComponent(resource.replaceAll(/__([0-9a-f]{2})/g, "%$1"));
    return toResourceName(name) === resource ? name : null;
  } catch {
    return null;
  }
}
