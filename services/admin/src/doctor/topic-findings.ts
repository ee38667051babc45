import type { Finding } from "@freshet/postgres/finding";

/** How a topic should be. */
export interface ExpectedTopic {
  readonly name: string;
  readonly madeBy: string;
  /** Another number is wrong for `same`, and kept as it is for `configured`. */
  readonly partitions: { readonly count: number | null; readonly rule: "exactly" | "configured" };
  /** What a message may have at least, in bytes. */
  readonly minMessageBytes: number;
}

/** How it is. */
export interface SeenTopic {
  readonly partitions: number;
  readonly settings: ReadonlyMap<string, string>;
}

export function topicFindings(expected: ExpectedTopic, seen: SeenTopic | null): Finding[] {
  const check = `topic ${expected.name}`;
  if (seen === null) {
    return [{ check, ok: "warning", says: `isn't there yet; ${expected.madeBy} makes it when it first starts.` }];
  }
  const troubles = [
    ...partitionTrouble(expected, seen),
    ...cleanupTrouble(expected, seen),
    ...sizeTrouble(expected, seen),
  ];
  if (troubles.length > 0) return troubles.map((trouble) => ({ check, ...trouble }));
  const { partitions } = seen;
  return [{ check, ok: true, says: `${partitions} ${partitions === 1 ? "partition" : "partitions"}, compacted.` }];
}

type Trouble = Omit<Finding, "check">;

function partitionTrouble({ partitions: { count, rule } }: ExpectedTopic, { partitions }: SeenTopic): Trouble[] {
  if (count === null || partitions === count) return [];
  if (rule === "configured") {
    const says = `has ${partitions} partitions and keeps them; topics.partitions says ${count}.`;
    return [{ ok: "warning", says }];
  }
  const says = `has ${partitions} partitions instead of ${count}, so messages would lose their order: delete it, and what it was made from is read again.`;
  return [{ ok: false, says }];
}

function cleanupTrouble({ name }: ExpectedTopic, { settings }: SeenTopic): Trouble[] {
  const policy = settings.get("cleanup.policy") ?? "compact";
  if (policy === "compact") return [];
  const says =
    `has cleanup.policy=${policy}, so the broker forgets rows: run kafka-configs.sh --alter --entity-type topics ` +
    `--entity-name ${name} --add-config cleanup.policy=compact.`;
  return [{ ok: false, says }];
}

function sizeTrouble({ name, minMessageBytes }: ExpectedTopic, { settings }: SeenTopic): Trouble[] {
  const bytes = Number(settings.get("max.message.bytes") ?? Infinity);
  if (bytes >= minMessageBytes) return [];
  const says =
    `takes messages of ${bytes} bytes at most, and larger rows go to the dead letters: run kafka-configs.sh --alter ` +
    `--entity-type topics --entity-name ${name} --add-config max.message.bytes=${minMessageBytes}.`;
  return [{ ok: "warning", says }];
}
