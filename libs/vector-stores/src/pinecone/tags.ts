import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { collectionSpecSchema, type CollectionSpec } from "../collection-spec.js";
import { InputRefusedError } from "../errors.js";

/*
 * What Freshet keeps of a collection lies in the tags of its index: a value has at most 120 letters, digits and few
 * signs. https://docs.pinecone.io/guides/manage-data/manage-indexes#configure-index-tags
 */
const VALUE_LENGTH = 120;
/** Others of an index are its aliases. */
const MAX_SPEC_TAGS = 14;
const SPEC = "freshet-collection-";
const ALIAS = "freshet-alias-";

export type Tags = Readonly<Record<string, string>>;

/** An empty value takes a tag away: before other, maybe fewer ones are set. */
export const NO_SPEC_TAGS: Tags = Object.fromEntries(
  Array.from({ length: MAX_SPEC_TAGS }, (_, place) => [`${SPEC}${place}`, ""]),
);

/**
 * Without the origin's definition when that is too long.
 *
 * @throws {InputRefusedError} when it has more columns than its tags have room.
 */
export function specTags(spec: CollectionSpec): Record<string, string> {
  const packed = deflateRawSync(JSON.stringify(spec)).toString("base64url");
  const parts = packed.match(new RegExp(`.{1,${VALUE_LENGTH}}`, "g")) ?? [];
  if (parts.length > MAX_SPEC_TAGS) {
    if (spec.origin?.definition) return specTags({ ...spec, origin: { ...spec.origin, definition: null } });
    throw new InputRefusedError(
      `Pinecone has no room to describe the collection ${spec.name}: declare fewer filterable columns, or give the ` +
        `index a shorter name.`,
    );
  }
  return Object.fromEntries(parts.map((part, place) => [`${SPEC}${place}`, part]));
}

/** Null when the index isn't one of Freshet's. */
export function specOf(tags: Tags): CollectionSpec | null {
  let packed = "";
  for (let place = 0; tags[`${SPEC}${place}`]; place += 1) packed += tags[`${SPEC}${place}`] ?? "";
  if (packed === "") return null;
  return collectionSpecSchema.parse(JSON.parse(inflateRawSync(Buffer.from(packed, "base64url")).toString()));
}

/** Of an alias, whatever its name. */
export function aliasTag(alias: string): string {
  return `${ALIAS}${createHash("sha256").update(alias).digest("hex").slice(0, 32)}`;
}

/**
 * How often the alias was set before it named this index; undefined when it doesn't. The highest among all indexes
 * counts: while an alias moves, two have it.
 */
export function aliasTurn(alias: string, tags: Tags): number | undefined {
  const turn = tags[aliasTag(alias)];
  // An empty value is a tag that was removed.
  return turn === undefined || turn === "" ? undefined : Number(turn);
}
