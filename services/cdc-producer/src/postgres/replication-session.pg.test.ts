import { createDatabase, randomName } from "@freshet/local-stack/testing";
import { endStaleReader, readSlot } from "@freshet/postgres/server-catalogue";
import { Session } from "@freshet/postgres/session";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ReplicationSession } from "./replication-session.js";

async function open() {
  const { url } = await createDatabase();
  const connect = async (applicationName: string) => {
    const session = await Session.open({ connectionString: url, applicationName });
    onTestFinished(() => session.close());
    return session;
  };
  const [writer, ours, slot] = [await connect("writer"), await connect("producer"), randomName("slot")];
  const create = async (slotTimeoutMs: number) => {
    const replication = await ReplicationSession.open(
      { connectionString: url, applicationName: "producer" },
      slotTimeoutMs,
    );
    onTestFinished(() => replication.close());
    return { replication, created: replication.createSlot(slot) };
  };
  /** The half-made slot, which waits for the open transaction. */
  const isWaiting = () =>
    vi.waitFor(async () => {
      const [pid] = await ours.row(
        `SELECT active_pid FROM pg_replication_slots slot JOIN pg_locks l ON l.pid = slot.active_pid AND NOT l.granted
         WHERE slot_name = $1`,
        [slot],
      );
      return pid;
    });
  const isGone = () =>
    vi.waitFor(async () => expect(await readSlot(ours, slot)).toBeNull(), { timeout: 10_000, interval: 50 });
  return { writer, ours, slot, create, isWaiting, isGone };
}

describe("a slot whose creation waits for an open transaction", () => {
  it("is left by nobody: neither when it takes too long, nor when its connection is ended", async () => {
    const { writer, ours, create, isWaiting, isGone } = await open();
    await writer.rows("BEGIN; SELECT pg_current_xact_id()");
    await expect((await create(300)).created).rejects.toThrow(/transaction that is open .* holds up/);
    await isGone();

    const { created } = await create(60_000);
    const ended = expect(created).rejects.toThrow();
    const pid = await isWaiting();
    await ours.rows("SELECT pg_terminate_backend($1)", [pid ?? ""]);
    await ended;
    await isGone();
  });

  it("isn't taken for a slot while it is made, and is ended by the next instance when its maker is gone", async () => {
    const { writer, ours, slot, create, isWaiting, isGone } = await open();
    await writer.rows("BEGIN; SELECT pg_current_xact_id()");
    const { replication, created } = await create(60_000);
    created.catch(() => undefined);
    await isWaiting();
    // The server doesn't notice while it waits.
    await replication.close();
    await expect(readSlot(ours, slot)).rejects.toThrow(/still being made/);
    await endStaleReader(ours, slot);
    await isGone();

    await writer.rows("COMMIT");
    const consistentPoint = await (await create(60_000)).created;
    expect(await readSlot(ours, slot)).toMatchObject({ plugin: "pgoutput", confirmedLsn: consistentPoint, lost: null });
  });

  it("goes along to a standby that takes over, where the server can do that", async () => {
    const { ours, slot, create } = await open();
    await (
      await create(60_000)
    ).created;
    const [failover] = await ours.row(
      "SELECT to_jsonb(s) ->> 'failover' FROM pg_replication_slots s WHERE slot_name = $1",
      [slot],
    );
    const [version] = await ours.row("SHOW server_version_num");
    expect(failover).toBe(Number(version) >= 170_000 ? "true" : null);
  });
});
