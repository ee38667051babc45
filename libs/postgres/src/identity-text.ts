export interface TableIdentity {
  /** What must not change at all. */
  readonly what: string;
  /** The versions of the columns. */
  readonly columns: readonly string[];
  /** The partitions where they are in the tree. */
  readonly partitions: readonly IdentifiedPartition[];
}

interface IdentifiedPartition {
  readonly place: string;
  /** It may have had rows before it became a partition. */
  readonly attached: boolean;
}

const ATTACHED = "+";

export function encodeIdentity({ what, columns, partitions }: TableIdentity): string {
  const tree = partitions.map(({ place, attached }) => place + (attached ? ATTACHED : ""));
  return JSON.stringify([what, columns.join(" "), tree.join(" ")]);
}

/**
 * Whether the rows that were captured of a table still count: it is the one that it was, less columns and empty
 * partitions that were added since.
 */
export function isSameIdentity(before: string | undefined, now: string | undefined): boolean {
  const was = decode(before);
  const is = decode(now);
  if (was === null || is === null || was.what !== is.what) return false;
  const known = places(was);
  const present = places(is);
  return (
    was.columns.every((column) => is.columns.includes(column)) &&
    was.partitions.every(({ place }) => present.has(place)) &&
    is.partitions.every(({ place, attached }) => !attached || known.has(place))
  );
}

function places({ partitions }: TableIdentity): ReadonlySet<string> {
  return new Set(partitions.map(({ place }) => place));
}

/** Null when there is none, or another version wrote it. */
function decode(text = "null"): TableIdentity | null {
  try {
    const [what, columns, tree] = JSON.parse(text) as unknown[];
    if (typeof what !== "string" || typeof columns !== "string" || typeof tree !== "string") return null;
    const partitions = words(tree).map((place) => ({
      place: place.replace(ATTACHED, ""),
      attached: place.endsWith(ATTACHED),
    }));
    return { what, columns: words(columns), partitions };
  } catch {
    return null;
  }
}

function words(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}
