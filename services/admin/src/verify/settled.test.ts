import { expect, it, vi } from "vitest";
import type { IndexedRow } from "./indexed-row.js";
import { settle, type SettleOptions } from "./settled.js";

interface Sides {
  /** Keys to hashes; a hash with a version behind it is of a row that was written again. */
  readonly table: Readonly<Record<string, string>>;
  readonly index: Readonly<Record<string, Partial<IndexedRow>>>;
}

/** Both sides as they are at each look; the last ones stay. */
function sides(...looks: readonly Sides[]) {
  let look = 0;
  const now = () => looks[Math.min(look, looks.length - 1)] ?? { table: {}, index: {} };
  const options: SettleOptions = {
    passed: vi.fn(() => {
      look += 1;
      return Promise.resolve();
    }),
    index: {
      read: (suspects) =>
        Promise.resolve(
          new Map(
            Object.entries(now().index)
              .filter(([wanted]) => suspects.some(({ key }) => key === wanted))
              .map(([key, row]) => [key, { ...WHOLE, ...row }]),
          ),
        ),
    },
    source: {
      keysAtOnce: 500,
      read: (keys) =>
        Promise.resolve(
          new Map(
            Object.entries(now().table)
              .filter(([key]) => keys.includes(key))
              .map(([key, state]) => {
                const [rowHash = "", version = rowHash] = state.split(" ");
                return [key, { key, rowHash, version, isWanted: true, content: { text: "a text", payload: {} } }];
              }),
          ),
        ),
    },
  };
  return options;
}

const position = (seq: number) => ({ epoch: 1, commitLsn: 1n, seq });
const WHOLE = { rowHash: "1", isWhole: true, superfluous: 0, lastChunk: 0, strays: [], newest: position(1) };
const suspects = (...keys: string[]) => keys.map((key) => ({ key, lastChunk: 0, strays: [] }));
const NOTHING = { differences: [], changing: [] };

it("takes a row that was only on its way for equal", async () => {
  const late = { table: { a: "1" }, index: {} };
  expect(await settle(suspects("a"), sides(late, { ...late, index: { a: {} } }))).toEqual(NOTHING);
});

it("takes a row for different that nobody wrote while the pipeline has brought everything", async () => {
  const table = { a: "2", b: "1", d: "1", e: "1" };
  const index = { a: {}, c: {}, d: { superfluous: 2 }, e: { isWhole: false } };
  const { differences } = await settle(suspects("a", "b", "c", "d", "e"), sides({ table, index }));
  expect(differences.map(({ key, kind }) => `${key} ${kind}`)).toEqual([
    "a stale",
    "b missing",
    "c orphaned",
    "d superfluous",
    "e incomplete",
  ]);
});

it("isn't taken in by a row that was changed, and changed back", async () => {
  const changedBack = sides(
    { table: { a: "1 first" }, index: { a: { rowHash: "2" } } },
    { table: { a: "1 third" }, index: { a: { rowHash: "2", newest: position(2) } } },
    { table: { a: "1 third" }, index: { a: { newest: position(3) } } },
  );
  expect(await settle(suspects("a"), changedBack)).toEqual(NOTHING);

  const insertedAgain = sides(
    { table: { a: "1 first" }, index: {} },
    { table: { a: "1 second" }, index: {} },
    { table: { a: "1 second" }, index: { a: {} } },
  );
  expect(await settle(suspects("a"), insertedAgain)).toEqual(NOTHING);

  const deletedAgain = sides(
    { table: {}, index: { a: {} } },
    { table: {}, index: { a: { newest: position(2) } } },
    { table: {}, index: {} },
  );
  expect(await settle(suspects("a"), deletedAgain)).toEqual(NOTHING);
});

it("says nothing of a row that never rests", async () => {
  const looks = Array.from({ length: 9 }, (_, look) => ({ table: { a: `2 ${look}` }, index: { a: {} } }));
  expect(await settle(suspects("a"), sides(...looks))).toEqual({ differences: [], changing: ["a"] });
});
