import { describe, expect, test } from "vitest";
import { Assignment, AssignmentEndedError } from "./assignment.js";
import type { ConsumedRecord } from "../record.js";

const at = { topic: "t", partition: 0 };
const all = { maxItems: 100, maxBytes: 1000, maxWaitMs: 0 };

function range(from: bigint, last: bigint) {
  const records: ConsumedRecord[] = [];
  for (let offset = from; offset <= last; offset++) {
    records.push({ ...at, offset, key: null, value: null, headers: {}, rawHeaders: [], timestamp: 0, bytes: 1 });
  }
  return { from, last, end: last + 1n, records };
}

function assignedAt(position: bigint | null) {
  const assignment = new Assignment({ partitions: [at], mixes: true, inWork: new Set() });
  const assigned = assignment.find(at);
  if (assigned === undefined) throw new Error("not assigned");
  assigned.position = position;
  return { assignment, assigned, offsets: () => assignment.take(all, 0).records.map(({ offset }) => offset) };
}

describe("a fetch", () => {
  test("is refused before the position is known", () => {
    const { assigned, offsets } = assignedAt(null);
    expect(assigned.accept(range(0n, 3n), 0)).toBe("early");
    expect(offsets()).toEqual([]);
  });

  test("that begins behind the position would lose what lies between", () => {
    const { assigned, offsets } = assignedAt(5n);
    expect(assigned.accept(range(6n, 9n), 0)).toBe("gap");
    expect({ offsets: offsets(), position: assigned.position }).toEqual({ offsets: [], position: 5n });
  });

  test("that begins before the position brings only what is new", () => {
    const { assigned, offsets } = assignedAt(5n);
    expect(assigned.accept(range(3n, 6n), 0)).toBe("accepted");
    expect(assigned.accept({ ...range(0n, 4n), end: 7n }, 0)).toBe("accepted");
    expect({ offsets: offsets(), position: assigned.position }).toEqual({ offsets: [5n, 6n], position: 7n });
  });

  test("of a log that ends before the position is one of another log", () => {
    const { assigned, offsets } = assignedAt(5n);
    expect(assigned.accept(range(0n, 2n), 0)).toBe("gap");
    expect({ offsets: offsets(), position: assigned.position }).toEqual({ offsets: [], position: 5n });
  });

  test("may begin behind offsets that hold no records", () => {
    const { assigned, offsets } = assignedAt(5n);
    assigned.skip(6n);
    assigned.skip(2n);
    expect(assigned.accept(range(7n, 7n), 0)).toBe("accepted");
    expect(offsets()).toEqual([7n]);
  });
});

function assignedTo(partitions: readonly number[], { mixes }: { mixes: boolean }) {
  const inWork = new Set<string>();
  const assignment = new Assignment({
    partitions: partitions.map((partition) => ({ ...at, partition })),
    mixes,
    inWork,
  });
  for (const assigned of assignment.partitions) {
    assigned.position = 0n;
    const { partition } = assigned;
    const { records } = range(0n, 1n);
    assigned.accept({ ...range(0n, 1n), records: records.map((each) => ({ ...each, partition })) }, 0);
  }
  const take = (limits = all) => {
    const { records, release } = assignment.take(limits, 0);
    const names = records.map(({ partition, offset }) => `${partition}/${offset}`).sort();
    return { names, release };
  };
  return { assignment, take, inWork };
}

describe("a batch", () => {
  test("keeps what follows in its partitions back until it is released", () => {
    const { assignment, take } = assignedTo([0, 1], { mixes: true });
    const { names, release } = take({ ...all, maxItems: 1 });
    expect(names).toHaveLength(1);
    const other = names[0] === "0/0" ? 1 : 0;
    expect(take().names).toEqual([`${other}/0`, `${other}/1`]);
    expect(assignment.dueInMs(all, 0)).toBeUndefined();
    release();
    expect(take().names).toEqual([`${1 - other}/1`]);
    // It was released before: the next batch of the partition isn't.
    release();
    assignment.find({ ...at, partition: 1 - other })?.accept(range(2n, 2n), 0);
    expect(take().names).toEqual([]);
  });

  test("that was given up holds its partitions back for the next assignment, too, while it is worked on", () => {
    const { take, inWork } = assignedTo([0], { mixes: true });
    const { release } = take();
    const next = new Assignment({ partitions: [at], mixes: true, inWork });
    const assigned = next.find(at);
    if (assigned !== undefined) assigned.position = 0n;
    assigned?.accept(range(0n, 1n), 0);
    expect(next.dueInMs(all, 0)).toBeUndefined();
    release();
    expect(next.dueInMs(all, 0)).toBe(0);
  });

  test("is of one partition where partitions don't mix, each in its turn", () => {
    const { assignment, take } = assignedTo([0, 1, 2], { mixes: false });
    const batches = [take().names, take().names, take().names].sort();
    expect(batches).toEqual([0, 1, 2].map((partition) => [`${partition}/0`, `${partition}/1`]));
    expect(assignment.dueInMs(all, 0)).toBeUndefined();
  });

  test("isn't taken any more once the partitions are to be revoked; those that were are waited for", async () => {
    const { assignment, take } = assignedTo([0, 1], { mixes: false });
    take();
    assignment.revoke();
    expect(assignment.dueInMs(all, 0)).toBeUndefined();
    let isSettled = false;
    const settled = assignment.settled().then(() => (isSettled = true));
    await Promise.resolve();
    expect(isSettled).toBe(false);
    assignment.settle();
    await settled;
  });
});

test("the end of an assignment aborts the work on it, and says why", () => {
  const { assignment } = assignedAt(0n);
  const { signal } = assignment;
  assignment.end("The group is rebalancing.");
  assignment.end("later");
  expect(signal.reason).toEqual(new AssignmentEndedError("The group is rebalancing."));
});
