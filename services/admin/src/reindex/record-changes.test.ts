import { expect, it } from "vitest";
import {
  adopted,
  begin,
  beginKept,
  dropOthers,
  ended,
  forgotten,
  rollBack,
  switching,
  verifying,
} from "./record-changes.js";
import { generation, generationsState } from "./testing/generations.js";

const made = { definition: {}, documents: null };

it("begins a generation under a number that none ever had", () => {
  const state = generationsState([3], { last: 5 });
  expect(begin(state, made, 9)).toMatchObject({
    ...{ serving: 3, last: 6, reindex: { generation: 6, step: "filling", startedAt: 9 } },
    generations: [{ number: 3 }, { number: 6, documents: 6, createdAt: 9, dropping: false }],
  });
  expect(begin(state, { definition: {}, documents: 3 }, 9).generations[1]).toMatchObject({ number: 6, documents: 3 });
  expect(begin(state, made, 9)).not.toHaveProperty("skipped");
  const later = begin(state, { ...made, number: 8 }, 9);
  expect(later).toMatchObject({ last: 8, reindex: { generation: 8 }, skipped: [6, 7] });
  expect(begin(later, made, 10)).toMatchObject({ last: 9, skipped: [6, 7] });
});

it("takes back a generation that doesn't answer yet by dropping it, and a kept one by leaving it", () => {
  const filling = begin(generationsState(), made, 9);
  for (const state of [filling, verifying(filling, 10)]) {
    const { state: undone } = { state, ...rollBack(state, 11) };
    expect(undone).toMatchObject({ serving: 1, reindex: null, generations: [{ dropping: false }, { dropping: true }] });
    // Said again, it goes on with that, and doesn't go back further.
    expect(rollBack(undone, 12)).toEqual({ kind: "continue" });
  }
  const kept = rollBack(beginKept(generationsState([1, 2], { serving: 1 }), 2, 9_000), 10_000);
  expect(kept).toMatchObject({
    state: { serving: 1, reindex: null, generations: [{ dropping: false }, { dropping: false }] },
  });
});

it("takes back a switch, under way or over, by switching to the one before", () => {
  const switched = switching(begin(generationsState(), made, 9), 10);
  for (const state of [switched, { ...switched, reindex: null }]) {
    const back = rollBack(state, 11);
    expect(back).toMatchObject({
      kind: "change",
      state: { serving: 1, reindex: { generation: 1, step: "switching" } },
    });
    if (back.kind !== "change") continue;
    expect(back.state).not.toHaveProperty("before");
    expect(rollBack(back.state, 12)).toEqual({ kind: "continue" });
    expect(rollBack(ended(back.state, 12), 13)).toEqual({ kind: "refuse" });
  }
});

it("goes back to the one that answered before, which needn't be the next lower number, nor an older one", () => {
  const switched = switching(beginKept(generationsState([1, 2, 3]), 1, 9), 10);
  for (const again of [switched, ended(switched, 11)]) {
    const back = rollBack(again, 12);
    expect(back).toMatchObject({ state: { serving: 3, reindex: { generation: 3, step: "switching" } } });
    if (back.kind === "change") expect(rollBack(back.state, 13)).toEqual({ kind: "continue" });
  }
  const state = generationsState([1, 2, 3], { before: 1 });
  expect(rollBack(state, 9)).toMatchObject({ state: { serving: 1 } });
  expect(rollBack(generationsState([1, 2, 3]), 9)).toMatchObject({ state: { serving: 2 } });
  const dropped = [generation(1, { dropping: true }), generation(2)];
  expect(rollBack(generationsState([1, 2], { generations: dropped }), 9)).toEqual({ kind: "refuse" });
});

it("drops with the others what only stores know of, and never gives its number again", () => {
  const state = dropOthers(adopted(generationsState([1, 4], { last: 4, skipped: [2, 3] }), [2, 6], 9), 10);
  expect(state).toMatchObject({ serving: 4, last: 6, skipped: [3] });
  expect(adopted(generationsState([4], { skipped: [3] }), [3], 9)).not.toHaveProperty("skipped");
  expect(state.generations.map(({ number, dropping }) => [number, dropping])).toEqual([
    ...[
      [1, true],
      [4, false],
      [2, true],
      [6, true],
    ],
  ]);
  expect(forgotten(state, [1, 2, 6], 11)).toMatchObject({ last: 6, generations: [{ number: 4 }] });
});

it("forgets what is gone, also that it answered before", () => {
  const dropping = dropOthers(generationsState([1, 2, 3], { before: 2 }), 9);
  expect(dropping.generations.map((one) => one.dropping)).toEqual([true, true, false]);
  const left = forgotten(dropping, [1, 2], 10);
  expect(left).toMatchObject({ serving: 3, last: 3, generations: [{ number: 3 }] });
  expect(left).not.toHaveProperty("before");
});
