import type { SourceState } from "@freshet/schemas/service-state";
import type { AcceptCommand } from "@freshet/schemas/source-command";
import { createColors } from "picocolors";
import { expect, it } from "vitest";
import { NOW, run, sourceState } from "../testing/states.js";
import { renderSource } from "./render-source.js";
import { sourceStatus } from "./source-status.js";

const options = { now: NOW + 2_000, colors: createColors(false) };
const tables = [
  { schema: "public", name: "books" },
  { schema: "public", name: "orders" },
  { schema: "public", name: "notes" },
];
const health = {
  ...{ walEnd: "0/1A2FFF", lagBytes: 1_200, lagMs: 300, retainedBytes: 42_000_000, safeBytes: 958_000_000 },
  ...{ safeMs: 11_520_000, walStatus: "extended", spilledBytes: 1_600_000_000 },
};

interface Moment {
  readonly now?: number;
  readonly acceptance?: AcceptCommand | null;
}

function render(state: SourceState, { now = options.now, acceptance = null }: Moment = {}): string {
  return renderSource(sourceStatus(state, tables, { now, acceptance }), { ...options, now }).join("\n");
}

it("shows the slot, its lag, what it retains, and each snapshot", () => {
  const state = sourceState({
    phase: "snapshot",
    health,
    snapshots: {
      "public.books": run({ rows: 3, finishedAt: NOW - 12_500 }),
      "public.orders": run(),
    },
    requested: {
      "r-1": { ...run({ rows: 2, finishedAt: NOW }), table: "public.books", error: null },
      "r-0": { ...run({ rows: 2, finishedAt: NOW - 600_000 }), table: "public.books", error: null },
    },
  });
  expect(render(state)).toBe(
    [
      "Source  database shop, slot freshet, reported 2 s ago",
      "  phase       snapshot",
      "  confirmed   0/1A2B3C, epoch 7",
      "  lag         1.2 kB of WAL, the oldest change waits for 300 ms",
      "  retained    42 MB of WAL, 958 MB more until the slot is lost, 3 h 12 min at the present rate",
      "  slot        wal_status extended, 1.6 GB spilled",
      "  snapshot    public.books   ✓ 3 rows in 500 ms",
      "  snapshot    public.orders  ████████████░░░░░░░░░░░░  52%  260,000 of about 500,000 rows, 20,000 rows/s, 12 s left",
      "  snapshot    public.notes   not begun",
      "  requested   public.books  ✓ 2 rows in 13 s (r-1)",
    ].join("\n"),
  );
});

it("says that there is no limit, and that nothing waits", () => {
  const text = render(sourceState({ health: { ...health, lagBytes: 0, lagMs: 0, safeBytes: null, safeMs: null } }));
  expect(text).toContain("  lag         0 B of WAL, no change waits");
  expect(text).toContain("42 MB of WAL, no limit (max_slot_wal_keep_size = -1)");
});

it("counts a state of more than a minute ago as silence", () => {
  const state = sourceState({ lastError: "It broke." });
  expect(render(state, { now: NOW + 60_000 })).toContain("phase       streaming");
  const text = render(state, { now: NOW + 300_000 });
  expect(text).toContain("phase       silent for 5 min 0 s (streaming before): is the cdc-producer running?");
  expect(text).toContain("last error  It broke.");
});

it("shows how far each table has been polled", () => {
  const polled = { "public.books": '2026-01-01 12:00:00+00 {"reads":"7","round":{"after":["a {b"]}}' };
  const text = render(sourceState({ phase: "polling", confirmedLsn: "0/0", polled }));
  expect(text).toMatch(/^ {2}polled {6}public\.books {2}up to 2026-01-01 12:00:00\+00$/m);
  expect(text).toMatch(/^ {2}epoch {7}7$/m);
  expect(text).not.toContain("0/0");
});

it("says of when the figures of a stopped producer are", () => {
  const snapshots = { "public.books": run() };
  const text = render(sourceState({ phase: "stopped", health, snapshots }), { now: NOW + 30_000 });
  const figures = text.split("\n").filter((line) => /^ {2}(confirmed|lag|retained|slot|snapshot .*rows) /.test(line));
  expect(figures.length).toBeGreaterThan(3);
  for (const line of figures) expect(line).toMatch(/, as of 30 s ago$/);
});

it("shows an acceptance that waits for the next start, and none that was carried out", () => {
  const acceptance = { kind: "accept", slot: "freshet", requestedAt: NOW, epoch: 7 } as const;
  expect(render(sourceState({ epoch: 7 }), { acceptance })).toMatch(
    / {2}accepted {4}2 s ago: .*next start takes it up/,
  );
  expect(render(sourceState({ epoch: 8 }), { acceptance })).not.toContain("accepted");
});
