import { createDatabase, randomName } from "@freshet/local-stack/testing";
import { expect, onTestFinished, vi } from "vitest";
import { Acknowledgements } from "../acknowledgements.js";
import { ChangeReader } from "../events/change-reader.js";
import { eventFormat } from "../events/event-formats.js";
import { FlushedWal } from "../postgres/flushed-wal.js";
import { PostgresTableReader } from "../postgres/postgres-table-reader.js";
import { checkTables } from "@freshet/postgres/checked-tables";
import { preparePublication } from "@freshet/postgres/publication-catalogue";
import { formatTableName } from "@freshet/process/table-name";
import { ReplicationSession } from "../postgres/replication-session.js";
import type { ReplicationStream, StreamOptions } from "../postgres/replication-stream.js";
import { Session, type PostgresAddress } from "@freshet/postgres/session";
import { PostgresSourceCatalogue, type TableRoute } from "../postgres/source-catalogue.js";
import { ReplayedHistory } from "../slot/replayed-history.js";
import { streamChanges } from "../service/streaming.js";
import { ChunkBudget } from "../snapshot/chunk-budget.js";
import { ChunkWindows } from "../snapshot/chunk-windows.js";
import { selectRange } from "../snapshot/selection.js";
import { runSnapshot, type SnapshotRunOptions } from "../snapshot/snapshot-run.js";
import { WalPassage } from "../snapshot/wal-passage.js";
import { silentLogger } from "./silent-logger.js";
import { CollectingOutlet } from "./collecting-outlet.js";

const PARTITIONS = 2;
const EPOCH = 1;

/** A database with a publication and a slot, everything of the producer but Kafka. */
export class TestSource {
  readonly address: PostgresAddress;
  readonly database: string;
  /** The application's session. */
  readonly client: Session;
  readonly outlet = new CollectingOutlet();
  readonly slot = randomName("slot");
  readonly publication = randomName("publication");
  readonly #stop = new AbortController();
  readonly #routes: TableRoute[];
  #streaming: { readonly stream: ReplicationStream; readonly windows: ChunkWindows } | null = null;

  private constructor(address: PostgresAddress, client: Session, tables: readonly (readonly [string, string])[]) {
    this.address = address;
    this.client = client;
    this.database = client.client.database ?? "";
    this.#routes = tables.map(([schema, name]) => ({ schema, name, topic: name, partitions: PARTITIONS }));
  }

  /**
   * Runs the SQL first, then publishes the tables.
   *
   * @param server of its own for a test that changes settings; default: the shared one.
   */
  static async open(
    sql: string,
    tables: readonly (readonly [schema: string, name: string])[],
    server?: { readonly url: string },
  ): Promise<TestSource> {
    const { url } = server ?? (await createDatabase());
    const address = { connectionString: url, applicationName: "freshet-test" };
    const client = await Session.open(address);
    onTestFinished(() => client.close());
    await client.rows("SET search_path = public");
    await client.rows(sql);
    const source = new TestSource(address, client, tables);
    await source.publish();
    return source;
  }

  /** The same, with its slot made and read. */
  static async streaming(...parameters: Parameters<typeof TestSource.open>): Promise<TestSource> {
    const source = await TestSource.open(...parameters);
    await source.createSlot();
    await source.stream();
    return source;
  }

  /** Another session of the application. */
  async another(): Promise<Session> {
    const session = await Session.open(this.address);
    onTestFinished(() => session.close());
    await session.rows("SET search_path = public");
    return session;
  }

  async publish(): Promise<void> {
    const { client, publication } = this;
    const tables = await checkTables(client, this.#routes);
    await preparePublication(client, { publication, tables }, () => undefined);
  }

  async createSlot(): Promise<bigint> {
    const replication = await this.replication();
    return replication.createSlot(this.slot);
  }

  async replication(slotTimeoutMs = 10_000): Promise<ReplicationSession> {
    const replication = await ReplicationSession.open(this.address, slotTimeoutMs);
    onTestFinished(() => replication.close());
    return replication;
  }

  /** Takes a snapshot of a table beside the stream that was started, whole unless told otherwise. */
  async snapshot(table: string, options: Partial<SnapshotRunOptions> = {}, outlet = this.outlet): Promise<void> {
    const streaming = this.#streaming;
    const route = this.#routes.find(({ name }) => name === table);
    if (streaming === null || route === undefined) throw new Error("stream first, a table that is published");
    const { stream, windows } = streaming;
    const flushed = await FlushedWal.open(this.address);
    const passage = new WalPassage({
      ...{ windows, readFlushed: () => flushed.read(), flushDelayMs: flushed.delayMs },
      requestKeepalive: () => stream.requestKeepalive(),
      onFailure: () => undefined,
    });
    const reader = await PostgresTableReader.open(this.address, route, this.#stop.signal);
    try {
      await runSnapshot({
        stream: {
          ...{ database: this.database, epoch: EPOCH, windows, passage, outlet },
          ...{ budget: new ChunkBudget(() => windows.notify()), format: eventFormat("debezium") },
        },
        ...{ label: formatTableName(route), reader, begun: null, whole: true },
        select: ({ lastKey }) => selectRange(null, lastKey),
        ...{ report: () => undefined, onRows: () => undefined, logger: silentLogger, signal: this.#stop.signal },
        ...options,
      });
    } finally {
      passage.close();
      await reader.close();
      await flushed.close();
    }
  }

  /** Reads the slot into the outlet until the test is over. */
  async stream(options: Partial<StreamOptions> = {}) {
    const replication = await this.replication();
    const stream = await replication.stream({
      ...{ slot: this.slot, publication: this.publication, startLsn: 0n },
      ...{ statusIntervalMs: 1_000, silenceLimitMs: 60_000, maxPendingBytes: 1024 * 1024 },
      ...options,
    });
    const history = new ReplayedHistory({ address: "", from: 0n, confirmed: 0n, last: null });
    const acknowledgements = new Acknowledgements({ confirmed: 0n, last: null }, (lsn) => stream.confirm(lsn));
    const windows = new ChunkWindows(0n);
    this.#streaming = { stream, windows };
    const reader = new ChangeReader({
      ...{ database: this.database, epoch: EPOCH, outlet: this.outlet, history, acknowledgements, observer: windows },
      format: eventFormat("debezium"),
      catalogue: await this.#catalogue(),
      onEvent: () => undefined,
      onIgnored: () => undefined,
    });
    const ended = streamChanges(
      { stream, reader, history, acknowledgements, windows, outlet: this.outlet },
      this.#stop.signal,
    );
    ended.catch(() => undefined);
    /** As when the connection breaks; resolves when the slot can be read again. */
    const close = async () => {
      stream.stop();
      await ended.catch(() => undefined);
      await replication.close();
      await vi.waitFor(async () => expect(await this.#isRead()).toBe(false), { timeout: 60_000, interval: 20 });
    };
    onTestFinished(async () => {
      this.#stop.abort();
      await close();
    });
    return { stream: stream satisfies ReplicationStream, acknowledgements, ended, close };
  }

  async #isRead(): Promise<boolean> {
    const active = `SELECT FROM pg_replication_slots WHERE slot_name = '${this.slot}' AND active`;
    return (await this.client.rows(active)).length > 0;
  }

  async #catalogue(): Promise<PostgresSourceCatalogue> {
    const session = await Session.open(this.address);
    onTestFinished(() => session.close());
    return PostgresSourceCatalogue.open(session, this.#routes, this.#stop.signal);
  }
}
