import { randomName } from "@freshet/local-stack/testing";
import type { Session } from "@freshet/postgres/session";
import type { SourceTable } from "@freshet/process/source-configuration";
import type { Registry } from "prom-client";
import { expect, vi } from "vitest";
import { followRows } from "./captured-rows.js";
import { openDatabase } from "./open-database.js";
import { startService, type RunningService } from "./test-service.js";

export const PATIENCE = { timeout: 60_000, interval: 100 };

/** A database with one table that is polled. */
export interface PolledSource {
  readonly url: string;
  /** The application's session. */
  readonly client: Session;
  readonly table: string;
  readonly label: string;
  readonly slot: string;
  start(overrides?: { readonly intervalSeconds?: number; readonly overlapSeconds?: number }): RunningService;
}

/** @param sql where `TABLE` stands for the table's name. */
export async function openPolledSource(
  sql: string,
  poll: SourceTable["poll"] | ((table: string) => SourceTable["poll"]) = { updatedAt: "updated_at" },
): Promise<PolledSource> {
  const table = randomName("t");
  const slot = randomName("slot");
  const { url, client } = await openDatabase(sql.replaceAll("TABLE_NAME", table));
  const options = typeof poll === "function" ? poll(table) : poll;
  return {
    ...{ url, client, table, slot, label: `public.${table}` },
    start: ({ intervalSeconds = 0.1, overlapSeconds = 2 } = {}) =>
      startService({
        ...{ url, slot, tables: [{ schema: "public", name: table, poll: options }] },
        poll: { intervalSeconds, overlapSeconds },
      }),
  };
}

/** Until the topic has what the table has; compared as JSON. */
export async function untilCaptured(
  { client, table }: Pick<PolledSource, "client" | "table">,
  columns: string,
  where = "true",
  key = "id",
): Promise<void> {
  const rows = await followRows(`cdc.public.${table}`);
  await vi.waitFor(async () => {
    const wanted = await client.rows(
      `SELECT (SELECT row_to_json(k) FROM (SELECT ${key}) k), row_to_json(t) FROM (SELECT ${columns} FROM ${table} WHERE ${where}) t`,
    );
    const captured = Object.entries(rows()).map(([key, row]) => [key, pick(row as Record<string, unknown>, columns)]);
    const expected = wanted.map(([key, row]) => [
      JSON.stringify(JSON.parse(key ?? "")),
      JSON.parse(row ?? "") as unknown,
    ]);
    expect(Object.fromEntries(captured)).toEqual(Object.fromEntries(expected));
  }, PATIENCE);
}

function pick(row: Readonly<Record<string, unknown>>, columns: string): Record<string, unknown> {
  return Object.fromEntries(columns.split(", ").map((name) => [name, row[name]]));
}

/** A counter's or gauge's value with these labels; 0 when it has none. */
export async function metric(
  registry: Registry,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<number> {
  const found = await registry.getSingleMetric(name)?.get();
  const value = found?.values.find((each) =>
    Object.entries(labels).every(([label, text]) => each.labels[label] === text),
  );
  return value?.value ?? 0;
}

/** Until so many more rounds are complete that one of them began after the call. */
export async function untilRounds(registry: Registry, table: string, rounds = 2): Promise<void> {
  const count = () => metric(registry, "freshet_cdc_poll_rounds_total", { table });
  const before = await count();
  await vi.waitFor(async () => expect(await count()).toBeGreaterThanOrEqual(before + rounds), PATIENCE);
}
