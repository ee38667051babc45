import { describe, expect, test } from "vitest";
import { Assignment, AssignmentEndedError } from "./assignment.js";
import type { ConsumedRecord } from "./record.js";

const at = { topic: "t", partition: 0 };
const all = { maxItems: 100, maxBytes: 1000, maxWaitMs: 0 };

function range(from: bigint, last: bigint) {
  const records: ConsumedRecord[] = [];
  for (let offset = from; offset <= last; offset++) {
    records.push({ ...at, offset, key: null, value: null, headers: {}, timestamp: 0, bytes: 1 });
  }
  return { from, last, records };
}

function assignedAt(position: bigint | null) {
  const assignment = new Assignment([at]);
  const assigned = assignment.find(at);
  if (assigned === undefined) throw new Error("not assigned");
  assigned.position = position;
  return { assignment, assigned, offsets: () => assignment.take(all).map(({ offset }) => offset) };
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
    expect(assigned.accept(range(0n, 4n), 0)).toBe("accepted");
    expect({ offsets: offsets(), position: assigned.position }).toEqual({ offsets: [5n, 6n], position: 7n });
  });

  test("may begin behind offsets that hold no records", () => {
    const { assigned, offsets } = assignedAt(5n);
    assigned.skip(6n);
    assigned.skip(2n);
    expect(assigned.accept(range(7n, 7n), 0)).toBe("accepted");
    expect(offsets()).toEqual([7n]);
  });
});

test("the end of an assignment aborts the work on it, and says why", () => {
  const { assignment } = assignedAt(0n);
  const { signal } = assignment;
  assignment.end("The group is rebalancing.");
  assignment.end("later");
  expect(signal.reason).toEqual(new AssignmentEndedError("The group is rebalancing."));
});
