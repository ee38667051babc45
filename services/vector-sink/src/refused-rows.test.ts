import { InputRefusedError } from "@freshet/vector-stores/errors";
import { expect, it } from "vitest";
import { newestChanges, type RowChange } from "./plan/newest-change.js";
import { refusedRows } from "./refused-rows.js";

const all = newestChanges(
  "books",
  Array.from({ length: 1000 }, (_, id) => ({
    place: id,
    key: String(id),
    partition: 0,
    value: { op: "tombstone", position: null } as const,
  })),
);

/** A store that doesn't take some rows, and may say which. */
async function refusedBy(isBad: (id: number) => boolean, { names, rows = 1000 }: { names: boolean; rows?: number }) {
  const changes = all.slice(0, rows);
  const written = new Set<string>();
  let writes = 0;
  const write = (some: readonly RowChange[]) => {
    writes += 1;
    const bad = some.filter(({ key }) => isBad(Number(key)));
    const ids = names ? bad.slice(0, 1).map(({ ids: [head] }) => head) : [];
    if (bad.length > 0) return Promise.reject(new InputRefusedError(bad.map(({ key }) => key).join(), { ids }));
    for (const { key } of some) written.add(key);
    return Promise.resolve();
  };
  const error = await write(changes).catch((thrown: unknown) => thrown);
  const refused = await refusedRows({ changes, write, error: error as InputRefusedError });
  return { written, writes, reasons: [...refused].map(([key, { message }]) => [key, message]) };
}

it.each([true, false])("finds the rows that a store doesn't take, each with its reason (named: %s)", async (names) => {
  const { written, writes, reasons } = await refusedBy((id) => id === 7 || id === 700, { names });
  expect(reasons.sort()).toEqual([
    ["7", "7"],
    ["700", "700"],
  ]);
  expect(written.size).toBe(998);
  expect(writes).toBeLessThan(50);
});

it("takes it for something else when a store takes none of many", async () => {
  await expect(refusedBy(() => true, { names: false })).rejects.toThrow(InputRefusedError);
});

it("takes it for something else, too, when a store names some and takes none of the others", async () => {
  const changes = all.slice(0, 40);
  const write = (some: readonly RowChange[]) => {
    const [first] = some.flatMap(({ key, ids: [head] }) => (Number(key) < 2 ? [head] : []));
    return Promise.reject(new InputRefusedError("not now", { ids: first === undefined ? [] : [first] }));
  };
  const error = await write(changes).catch((thrown: unknown) => thrown as InputRefusedError);
  await expect(refusedRows({ changes, write, error })).rejects.toThrow("not now");
});

it("refuses no row when the store takes them all in smaller parts", async () => {
  const changes = all.slice(0, 40);
  const written = new Set<string>();
  const write = (some: readonly RowChange[]) => {
    if (some.length > 10) return Promise.reject(new InputRefusedError("the request is too large"));
    for (const { key } of some) written.add(key);
    return Promise.resolve();
  };
  expect(await refusedRows({ changes, write, error: new InputRefusedError("the request is too large") })).toEqual(
    new Map(),
  );
  expect(written.size).toBe(40);
});

it.each([1, 2])("believes that %d rows are all bad: they would else stop the sink for ever", async (rows) => {
  expect((await refusedBy(() => true, { names: false, rows })).reasons).toHaveLength(rows);
});
