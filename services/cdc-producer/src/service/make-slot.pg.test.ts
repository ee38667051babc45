import { createDatabase, randomName } from "@freshet/local-stack/testing";
import { readSlot } from "@freshet/postgres/server-catalogue";
import { Session } from "@freshet/postgres/session";
import { describe, expect, it, onTestFinished } from "vitest";
import type { RecordOutlet } from "../events/record-outlet.js";
import { Lease, LeaseLostError } from "../postgres/lease.js";
import { ReplicationSession } from "../postgres/replication-session.js";
import { silentLogger } from "../testing/silent-logger.js";
import { acceptSource } from "./accept-source.js";
import { makeSlot } from "./make-slot.js";
import { newSourceState } from "./source-progress.js";
import { StateJournal } from "./state-journal.js";

const LEASE_MS = 3_000;

const TAKES_ALL: RecordOutlet = {
  isFull: false,
  offer: (_record, onDelivered) => onDelivered?.(),
  ready: () => Promise.resolve(),
  flush: () => Promise.resolve(),
};

async function open() {
  const { url } = await createDatabase();
  const address = { connectionString: url, applicationName: "freshet-test" };
  const [name, client] = [randomName("slot"), await Session.open(address)];
  onTestFinished(() => client.close());
  const acquire = async () => {
    const lease = await Lease.acquire(address, {
      ...{ slot: name, idleTimeoutMs: LEASE_MS, pollIntervalMs: 20, onWaiting: () => undefined },
      ...{ heartbeat: (session) => session.row("SELECT 1"), signal: new AbortController().signal },
    });
    onTestFinished(() => lease.release());
    return lease;
  };
  const replication = await ReplicationSession.open(address, 10_000);
  onTestFinished(() => replication.close());
  const identity = await replication.identify();
  const stored = newSourceState({ slot: name, publication: "p", identity }, []);
  const journal = new StateJournal({
    outlet: TAKES_ALL,
    ...{ initial: stored, intervalMs: 0, idleIntervalMs: 60_000, onStored: () => undefined },
    onFailure: (error) => {
      throw error;
    },
  });
  onTestFinished(() => journal.close());
  const slot = { name, replication, journal, seen: null };
  return { client, name, acquire, slot, accepted: { stored, others: [], identity, logger: silentLogger } };
}

/** Nothing else of this process runs meanwhile, no timer either: that is what being frozen is. */
function freeze(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LEASE_MS + 500);
}

describe("an instance that was frozen until another one may hold the lease", () => {
  it("leaves the slot that it wanted to make anew", async () => {
    const { client, name, acquire, slot, accepted } = await open();
    const lease = await acquire();
    await makeSlot({ ...slot, lease });
    const seen = await readSlot(client, name);
    freeze();
    // The successor's by now, for all that it knows.
    await expect(acceptSource({ ...slot, ...accepted, seen, lease })).rejects.toThrow(LeaseLostError);
    expect(await readSlot(client, name)).toEqual(seen);

    await client.rows("SELECT pg_logical_emit_message(false, 'freshet', 'more')");
    await acceptSource({ ...slot, ...accepted, seen, lease: await acquire() });
    expect((await readSlot(client, name))?.confirmedLsn).toBeGreaterThan(seen?.confirmedLsn ?? 0n);
  });

  it("leaves one alone that is lost, and makes none", async () => {
    const { client, name, acquire, slot } = await open();
    const lease = await acquire();
    await makeSlot({ ...slot, lease });
    const seen = await readSlot(client, name);
    if (seen === null) throw new Error("the slot isn't there");
    freeze();
    await expect(makeSlot({ ...slot, seen: { ...seen, lost: "wal_removed" }, lease })).rejects.toThrow(LeaseLostError);
    expect(await readSlot(client, name)).toEqual(seen);
    await client.rows("SELECT pg_drop_replication_slot($1)", [name]);
    await expect(makeSlot({ ...slot, lease })).rejects.toThrow(LeaseLostError);
    expect(await readSlot(client, name)).toBeNull();
  });
});
