import { expect, it, onTestFinished, vi } from "vitest";
import { decodeFrame, encodeStatusUpdate } from "../replication/frames.js";
import { formatLsn } from "@freshet/postgres/lsn";
import { TestSource } from "../testing/test-source.js";
import { CopyBoth } from "./copy-both.js";
import { Session } from "@freshet/postgres/session";

/** What pg's types don't promise: a new version of it has to pass this before it is pinned. */
async function open(onData: (chunk: Buffer) => void) {
  const source = await TestSource.open("CREATE TABLE t (id int PRIMARY KEY, filler text)", [["public", "t"]]);
  await source.createSlot();
  const session = await Session.open(source.address, { replication: true });
  onTestFinished(() => session.close());
  const command = `START_REPLICATION SLOT "${source.slot}" LOGICAL 0/0 (proto_version '1', publication_names '"${source.publication}"')`;
  return { source, session, copy: await CopyBoth.start(session.client, command, onData) };
}

it("hands out what the server sends, stops while it is paused, and sends to the server", async () => {
  let bytes = 0;
  let walEnd = 0n;
  const { source, copy } = await open((chunk) => {
    const frame = decodeFrame(chunk);
    if (frame.kind === "data") bytes += frame.payload.length;
    else walEnd = frame.walEnd;
  });
  const total = 20_000 * 1000;
  copy.pause();
  const paused = bytes;
  await source.client.rows("INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) i");
  // The server can't send it all: what fits between is far less.
  const blocked =
    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender' AND wait_event IN ('WalSenderWriteData', 'WalSenderWriteMain') AND datname = current_database()";
  await vi.waitFor(async () => expect(await source.client.row(blocked)).toEqual(["1"]), { timeout: 20_000 });
  expect(bytes - paused).toBeLessThan(total / 10);
  copy.resume();
  await vi.waitFor(() => expect(bytes).toBeGreaterThan(total), { timeout: 20_000 });

  walEnd = 0n;
  copy.send(encodeStatusUpdate({ confirmed: 0n, now: Date.now(), replyRequested: true }));
  await vi.waitFor(() => expect(walEnd).toBeGreaterThan(0n));
  // Other keepalives go on moving it.
  const reached = walEnd;
  copy.send(encodeStatusUpdate({ confirmed: reached, now: Date.now(), replyRequested: false }));
  const confirmed = "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = $1";
  await vi.waitFor(async () => expect(await source.client.row(confirmed, [source.slot])).toEqual([formatLsn(reached)]));
});

it("fails with what the reader threw, with the server's error, and when it doesn't start", async () => {
  const reader = await open(() => {
    throw new RangeError("not a frame");
  });
  await reader.source.client.rows("INSERT INTO t VALUES (1)");
  await expect(reader.copy.failed).rejects.toThrow("not a frame");

  const ended = await open(() => undefined);
  await ended.source.client.rows(
    "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1",
    [ended.source.slot],
  );
  await expect(ended.copy.failed).rejects.toThrow(/terminat/);

  const session = await Session.open(ended.source.address, { replication: true });
  onTestFinished(() => session.close());
  const command = "START_REPLICATION SLOT missing LOGICAL 0/0 (proto_version '1', publication_names 'p')";
  await expect(CopyBoth.start(session.client, command, () => undefined)).rejects.toThrow(/"missing" does not exist/);
});
