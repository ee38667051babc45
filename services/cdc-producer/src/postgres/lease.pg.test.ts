import { createDatabase, randomName } from "@freshet/local-stack/testing";
import { expect, it, onTestFinished, vi } from "vitest";
import { Lease, LeaseLostError, type LeaseOptions } from "./lease.js";
import { Session, type PostgresAddress } from "@freshet/postgres/session";

interface Contest {
  readonly address: PostgresAddress;
  readonly acquire: (overrides?: Partial<LeaseOptions>) => Promise<Lease>;
}

async function contest(): Promise<Contest> {
  const { url } = await createDatabase();
  const address = { connectionString: url, applicationName: "freshet-test" };
  const slot = randomName("slot");
  const acquire = async (overrides: Partial<LeaseOptions> = {}) => {
    const lease = await Lease.acquire(address, {
      ...{
        slot,
        idleTimeoutMs: 30_000,
        pollIntervalMs: 20,
        onWaiting: () => undefined,
        heartbeat: (session) => session.row("SELECT 1"),
      },
      signal: new AbortController().signal,
      ...overrides,
    });
    onTestFinished(() => lease.release());
    return lease;
  };
  return { address, acquire };
}

it("goes to one at a time, and to the next when the first lets go", async () => {
  const { acquire } = await contest();
  const first = await acquire();
  const waiting = vi.fn();
  const second = acquire({ onWaiting: waiting });
  await vi.waitFor(() => expect(waiting.mock.calls.length).toBeGreaterThan(2));
  first.check(0);
  await first.release();
  (await second).check(0);
  expect(() => first.check(0)).toThrow(LeaseLostError);
});

it("belongs to a slot: others don't wait for it", async () => {
  const { acquire } = await contest();
  await acquire();
  await acquire({ slot: "another" });
});

it("is lost at once when its connection ends, and nothing may be produced then", async () => {
  const { address, acquire } = await contest();
  const lease = await acquire();
  const other = await Session.open(address);
  onTestFinished(() => other.close());
  await other.rows(
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
  );
  await expect(lease.lost).rejects.toThrow(LeaseLostError);
  expect(() => lease.check(0)).toThrow(LeaseLostError);
});

it("leaves a holder that was frozen for longer than the time-out, and the holder knows before it does anything", async () => {
  const { acquire } = await contest();
  const lease = await acquire({ idleTimeoutMs: 1_500 });
  lease.check(0);
  // Nothing else of this process runs meanwhile, no timer either: that is what being frozen is.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
  expect(() => lease.check(0)).toThrow(/its heartbeat stopped/);
  const successor = await acquire();
  successor.check(0);
});

it("stays with a holder that has nothing to do: it asks the server now and then", async () => {
  const { acquire } = await contest();
  const heartbeat = vi.fn((session: Session) => session.row("SELECT 1"));
  const lease = await acquire({ idleTimeoutMs: 600, heartbeat });
  await vi.waitFor(() => expect(heartbeat.mock.calls.length).toBeGreaterThan(15), { timeout: 10_000 });
  lease.check(0);
});

it("isn't waited for after a stop", async () => {
  const { acquire } = await contest();
  await acquire();
  const stop = new AbortController();
  const waiting = acquire({ signal: stop.signal, onWaiting: () => stop.abort() });
  await expect(waiting).rejects.toThrow(/abort/i);
});
