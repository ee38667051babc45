import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isOlder, type Position } from "@freshet/schemas/position";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import type { TopicChange } from "./row-change.js";
import { RowView } from "./row-view.js";

function openView(directory = mkdtempSync(join(tmpdir(), "freshet-view-"))) {
  const view = new RowView(directory);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return { view, directory };
}

type Step =
  | { readonly kind: "older-gone"; readonly lsn: number }
  | { readonly kind: "row"; readonly key: string; readonly lsn: number | null; readonly isDeleted: boolean };

const at = (lsn: number): Position => ({ epoch: 1, commitLsn: BigInt(lsn), seq: 0 });

function toChange(step: Step, place: number): TopicChange {
  const offset = BigInt(place);
  if (step.kind === "older-gone") return { kind: step.kind, offset, position: at(step.lsn) };
  const { key, lsn, isDeleted } = step;
  const value = isDeleted || lsn === null ? null : Buffer.from(`${key} at ${lsn}`);
  return { kind: "row", offset, key, position: lsn === null ? null : at(lsn), value, besidePipeline: false };
}

/** What a store has in the end that takes the same changes, deletes remembered. */
function expected(changes: readonly TopicChange[]): string[] {
  const rows = new Map<string, { position: Position; value: Buffer | null }>();
  for (const change of changes) {
    if (change.kind === "older-gone") {
      for (const [key, { position }] of rows) if (isOlder(position, change.position)) rows.delete(key);
    } else if (change.position === null) rows.delete(change.key);
    else {
      const known = rows.get(change.key);
      if (known && isOlder(change.position, known.position)) continue;
      rows.set(change.key, { position: change.position, value: change.value });
    }
  }
  const live = [...rows.values()].flatMap(({ value }) => (value === null ? [] : [value.toString()]));
  return live.sort();
}

const key = fc.constantFrom("a", "b", "c");
const lsn = fc.integer({ min: 1, max: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("row"), key, lsn, isDeleted: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("row"), key, lsn: fc.constant(null), isDeleted: fc.constant(true) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("older-gone"), lsn }) },
);

it("has each row's newest state, whatever is told twice", async () => {
  const { view } = openView();
  const histories = fc.tuple(fc.array(step, { maxLength: 25 }), fc.array(fc.nat({ max: 24 }), { maxLength: 3 }));
  await fc.assert(
    fc.asyncProperty(histories, async ([steps, restarts]) => {
      await view.reset("test");
      const changes = steps.map(toChange);
      for (const end of restarts) await view.fold(0, changes.slice(0, end));
      await view.fold(0, changes);
      for (const end of restarts) await view.fold(0, changes.slice(0, end));
      expect(view.documents("", 100).map(({ value }) => value.toString())).toEqual(expected(changes));
    }),
    { numRuns: 60 },
  );
  await view.close();
});

it("keeps what it has, and how far it is, over a restart", async () => {
  const { view, directory } = openView();
  await view.fold(2, [toChange({ kind: "row", key: '{"id":1}', lsn: 3, isDeleted: false }, 7)]);
  await view.close();
  const { view: again } = openView(directory);
  expect(again.offsets()).toEqual(new Map([[2, 8n]]));
  expect(again.get('{"id":1}')).toMatchObject({ partition: 2, position: at(3), value: Buffer.from('{"id":1} at 3') });
  expect(again.keyColumns()).toEqual(["id"]);
  await again.close();
});

it("reads no more large documents in one go than fit into memory, and goes on behind them", async () => {
  const { view } = openView();
  const changes = Array.from({ length: 30 }, (_, place): TopicChange => {
    const key = `{"id":"${String(place).padStart(2, "0")}"}`;
    const row = { kind: "row", position: at(1), value: Buffer.alloc(1024 * 1024), besidePipeline: false } as const;
    return { ...row, offset: BigInt(place), key };
  });
  await view.fold(0, changes);
  const keys: string[] = [];
  for (;;) {
    const documents = view.documents(keys.at(-1) ?? "", 50);
    expect(documents.length).toBeLessThanOrEqual(4);
    if (documents.length === 0) break;
    keys.push(...documents.map(({ key }) => key));
  }
  expect(keys).toEqual(changes.flatMap((change) => (change.kind === "row" ? [change.key] : [])));
  await view.close();
});
