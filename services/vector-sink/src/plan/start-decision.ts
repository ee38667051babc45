export interface StartSituation {
  /** The consumer group has committed offsets: a sink has read some of the topic. */
  readonly hasRead: boolean;
  /** A sink has stored rows, as far as reports say; they come a little late. */
  readonly hasStored: boolean;
  /** Of the consumer group. */
  readonly members: number;
}

/**
 * What a sink does before it joins its consumer group, when its store has no collection of the index. A store that has
 * lost one, with its disk or because somebody has deleted it, would else get what changes from now on and look healthy.
 * The topic still has every row, so it is read from its beginning again, in vain where none was ever stored; but only
 * while nobody else reads it. Others are waited for: they make the collection, or end at the next row, because it isn't
 * there.
 */
export function startDecision({ hasRead, hasStored, members }: StartSituation): "go-on" | "refill" | "wait" {
  if (!hasRead) return "go-on";
  if (members === 0) return "refill";
  return hasStored ? "wait" : "go-on";
}
