import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Acknowledgements, type PendingTransaction } from "./acknowledgements.js";

const COMMIT = { commitLsn: 5n, xid: 1, committedAt: 0 };

/** What may be confirmed is told; it begins at 10. */
function open() {
  let told = 10n;
  const acknowledgements = new Acknowledgements({ confirmed: told, last: null }, (lsn) => (told = lsn));
  return { acknowledgements, confirmed: () => told };
}

describe("Acknowledgements", () => {
  it("confirms a transaction when it is complete and wholly delivered", () => {
    const { acknowledgements, confirmed } = open();
    const transaction = acknowledgements.begin(COMMIT);
    transaction.sent();
    transaction.sent();
    transaction.delivered();
    transaction.complete(20n);
    expect(confirmed()).toBe(10n);
    transaction.delivered();
    expect(confirmed()).toBe(20n);
  });

  it("follows the server when nothing is on its way, so that an idle slot doesn't keep WAL", () => {
    const { acknowledgements, confirmed } = open();
    acknowledgements.reachedWalEnd(50n);
    expect(confirmed()).toBe(50n);
  });

  it("confirms what the server said meanwhile as soon as the last transaction is delivered", () => {
    const { acknowledgements, confirmed } = open();
    const transaction = acknowledgements.begin(COMMIT);
    transaction.sent();
    transaction.complete(20n);
    acknowledgements.reachedWalEnd(50n);
    expect(confirmed()).toBe(10n);
    transaction.delivered();
    expect(confirmed()).toBe(50n);
  });

  it("confirms nothing that the server says inside a transaction", () => {
    const { acknowledgements, confirmed } = open();
    const transaction = acknowledgements.begin(COMMIT);
    acknowledgements.reachedWalEnd(50n);
    transaction.complete(20n);
    expect(confirmed()).toBe(20n);
  });

  /** What Postgres may send next, and in which order Kafka may answer: any. */
  const step = fc.oneof(
    fc.record({ kind: fc.constant("begin" as const), records: fc.nat(4) }),
    fc.record({ kind: fc.constant("commit" as const) }),
    fc.record({ kind: fc.constant("keepalive" as const) }),
    fc.record({ kind: fc.constant("deliver" as const), which: fc.nat() }),
  );

  it("never passes anything on its way, never goes back, and reaches the end when all is delivered", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const confirmations: bigint[] = [0n];
        const confirmed = () => confirmations.at(-1) ?? 0n;
        const acknowledgements = new Acknowledgements({ confirmed: 0n, last: null }, (lsn) => confirmations.push(lsn));
        let lsn = 0n;
        let open: { transaction: PendingTransaction; startLsn: bigint } | null = null;
        let onTheirWay: { transaction: PendingTransaction; startLsn: bigint }[] = [];
        const commit = () => {
          open?.transaction.complete((lsn += 10n));
          open = null;
        };
        const deliver = (which: number) => {
          const [record] = onTheirWay.splice(which % onTheirWay.length, 1);
          record?.transaction.delivered();
        };
        const check = () => {
          const oldest = [...onTheirWay, ...(open ? [open] : [])].map(({ startLsn }) => startLsn);
          for (const start of oldest) expect(confirmed() <= start).toBe(true);
          expect(confirmations).toEqual([...new Set(confirmations)].sort((a, b) => (a < b ? -1 : 1)));
        };
        for (const next of steps) {
          if (next.kind === "begin") {
            commit();
            const entry = { transaction: acknowledgements.begin(COMMIT), startLsn: (lsn += 10n) };
            open = entry;
            for (let record = 0; record < next.records; record++) {
              entry.transaction.sent();
              onTheirWay.push(entry);
            }
          } else if (next.kind === "commit") {
            commit();
          } else if (next.kind === "keepalive") {
            // What the server says inside a transaction must not count, however far it is.
            acknowledgements.reachedWalEnd(open === null ? (lsn += 10n) : lsn + 5n);
          } else if (onTheirWay.length > 0) {
            deliver(next.which);
          }
          check();
        }
        commit();
        while (onTheirWay.length > 0) deliver(onTheirWay.length - 1);
        onTheirWay = [];
        acknowledgements.reachedWalEnd((lsn += 10n));
        expect(confirmed()).toBe(lsn);
      }),
    );
  });
});
