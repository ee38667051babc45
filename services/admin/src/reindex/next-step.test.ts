import { randomSource } from "@freshet/local-stack/random";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import { expect, it } from "vitest";
import { nextStep, type Seen } from "./next-step.js";
import { begin, beginKept, dropOthers, rollBack, switching } from "./record-changes.js";
import { generation, generationsState } from "./testing/generations.js";
import { Runner, World } from "./testing/world.js";

const made = { definition: {}, documents: null };
const seen = (parts: Partial<Seen> = {}): Seen => ({ stores: [], behind: [], verified: false, now: 5, ...parts });
const begun = () => begin(generationsState(), made, 3);
const store = (numbers: readonly number[], alias: number | null = 1) => ({
  store: "main",
  alias: alias === null ? null : `books_${alias}`,
  collections: new Map(numbers.map((number) => [number, `books_${number}`])),
});

it("has nothing to do where nothing is under way", () => {
  expect(nextStep(generationsState([1, 2]), seen())).toEqual({ kind: "done" });
});

it("fills until every store has the collection and everybody has read everything", () => {
  const behind = [{ who: "t", says: "the embedding-transformer is 3 records behind", mark: "7" }];
  const says = (parts: Partial<Seen>) => {
    const step = nextStep(begun(), seen(parts));
    return step.kind === "wait" ? step.for.map((one) => one.says) : step;
  };
  expect(says({ stores: [store([1])] })).toEqual(["the vector-sink of main has no collection for generation 2 yet"]);
  expect(says({ stores: [store([1, 2])], behind })).toEqual(["the embedding-transformer is 3 records behind"]);
  expect(says({ stores: [store([1, 2]), { store: "other", trouble: "refused" }] })).toEqual([
    "the store other can't be looked at (refused)",
  ]);
  expect(says({ stores: [store([1, 2])] })).toMatchObject({
    kind: "write",
    state: { serving: 1, reindex: { generation: 2, step: "verifying" }, updatedAt: 5 },
  });
});

it("compares before it switches, and switches before it is over", () => {
  const verifying = { ...begun(), reindex: { generation: 2, step: "verifying", startedAt: 3 } as const };
  expect(nextStep(verifying, seen())).toEqual({ kind: "verify", generation: 2 });
  const step = nextStep(verifying, seen({ verified: true }));
  expect(step).toMatchObject({ kind: "write", state: { serving: 2, before: 1, reindex: { step: "switching" } } });
  const switched = step.kind === "write" ? step.state : begun();
  expect(nextStep(switched, seen({ stores: [store([1, 2], 1)] }))).toMatchObject({
    for: [{ says: "the vector-sink of main hasn't switched to generation 2 yet" }],
  });
  expect(nextStep(switched, seen({ stores: [store([1, 2], null)] }))).toMatchObject({ kind: "wait" });
  expect(nextStep(switched, seen({ stores: [store([1, 2], 2)] }))).toMatchObject({
    kind: "write",
    state: { serving: 2, reindex: null },
  });
});

it("removes what is dropped once no store has it, and leaves the record's others", () => {
  const dropping = dropOthers(generationsState([1, 2, 4]), 3);
  const now = 4_000;
  expect(nextStep(dropping, seen({ stores: [store([2, 4], 4)], now }))).toMatchObject({
    for: [{ says: "the vector-sink of main hasn't dropped generation 2 yet" }],
  });
  // Who hasn't heard of it yet may make its collection this very moment.
  expect(nextStep(dropping, seen({ stores: [store([4], 4)] }))).toMatchObject({
    for: [{ says: "the services are being told" }],
  });
  const step = nextStep(dropping, seen({ stores: [store([4], 4)], now }));
  expect(step).toMatchObject({ kind: "remove", generations: [1, 2], state: { serving: 4, last: 4 } });
  expect(step.kind === "remove" && step.state.generations.map(({ number }) => number)).toEqual([4]);
});

it("ends a reindexing whose generation somebody has dropped", () => {
  const state = generationsState([1], {
    ...{ generations: [generation(1), generation(2, { dropping: true })], last: 2 },
    reindex: { generation: 2, step: "filling", startedAt: 3 },
  });
  expect(nextStep(state, seen())).toMatchObject({ kind: "write", state: { reindex: null } });
});

const STORIES: readonly [string, GenerationsState, readonly number[], number][] = [
  ["a new generation", begun(), [1, 2], 2],
  ["one that was kept", beginKept(generationsState([1, 2], { serving: 1 }), 2, 3), [1, 2], 2],
  ["a rollback while it fills", rolledBack(begun()), [1], 1],
  ["a rollback after the switch", rolledBack(switching(begun(), 4)), [1, 2], 1],
  ["a rollback of a switch back", rolledBack(switching(beginKept(generationsState([1, 2]), 1, 3), 4)), [1, 2], 2],
  ["a drop of the old", dropOthers(generationsState([1, 2, 3]), 3), [3], 3],
];

function rolledBack(state: GenerationsState): GenerationsState {
  const rollback = rollBack(state, 6);
  return rollback.kind === "change" ? rollback.state : state;
}

it.each(STORIES)("comes to the same end, wherever it is interrupted: %s", (_, state, generations, serving) => {
  for (let interruptions = 0; ; interruptions += 1) {
    const world = new World(state);
    let runner = new Runner(world);
    let writes = 0;
    for (let rounds = 0; !runner.done; rounds += 1) {
      expect(rounds).toBeLessThan(100);
      world.tick();
      runner.decide();
      if (!runner.act()) continue;
      writes += 1;
      // Killed after each of its first writes: what it knew is gone.
      if (writes <= interruptions) runner = new Runner(world);
    }
    expectEnd(world, generations, serving);
    if (interruptions >= writes) return;
  }
});

it.each(STORIES)("comes to the same end by two commands at once: %s", (_, state, generations, serving) => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const random = randomSource(seed);
    const world = new World(state);
    const runners = [new Runner(world), new Runner(world)];
    for (let rounds = 0; runners.some(({ done }) => !done); rounds += 1) {
      expect(rounds, `seed ${seed}`).toBeLessThan(1000);
      const runner = runners[random() < 0.5 ? 0 : 1];
      const what = random();
      if (what < 0.3) world.tick();
      else if (what < 0.65) runner?.decide();
      else runner?.act();
    }
    expectEnd(world, generations, serving);
    // No step is done twice.
    const steps = world.history.map((record) => JSON.stringify({ ...record, updatedAt: 0 }));
    expect(new Set(steps).size).toBe(steps.length);
  }
});

/** As recorded, and as every store is. */
function expectEnd(world: World, generations: readonly number[], serving: number): void {
  expect(world.record).toMatchObject({ serving, reindex: null });
  expect(world.record.generations.map(({ number, dropping }) => [number, dropping])).toEqual(
    generations.map((number) => [number, false]),
  );
  for (const { alias, collections } of world.stores.values()) {
    expect(alias).toBe(`books_${serving}`);
    expect([...collections.keys()].sort()).toEqual(generations);
  }
}
