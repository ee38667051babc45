import { createDatabase, randomName } from "@freshet/local-stack/testing";
import { onTestFinished } from "vitest";
import { Acknowledgements } from "../acknowledgements.js";
import { ChangeReader } from "../events/change-reader.js";
import { ExportedSnapshotSource } from "../postgres/exported-snapshot.js";
import { preparePublication } from "@freshet/postgres/publication-catalogue";
import { ReplicationSession } from "../postgres/replication-session.js";
import type { ReplicationStream, StreamOptions } from "../postgres/replication-stream.js";
import { Session, type PostgresAddress } from "@freshet/postgres/session";
import { PostgresSourceCatalogue, type TableRoute } from "../postgres/source-catalogue.js";
import { streamChanges } from "../service/streaming.js";
import type { OpenSnapshot } from "../snapshot/snapshot-source.js";
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

  async publish(): Promise<void> {
    await preparePublication(this.client, { publication: this.publication, tables: this.#routes }, () =>
      Promise.resolve(),
    );
  }

  async createSlot(): Promise<bigint> {
    const replication = await this.replication();
    return (await replication.createSlot(this.slot)).consistentPoint;
  }

  async replication(slotTimeoutMs = 10_000): Promise<ReplicationSession> {
    const replication = await ReplicationSession.open(this.address, slotTimeoutMs);
    onTestFinished(() => replication.close());
    return replication;
  }

  async snapshot(): Promise<OpenSnapshot> {
    const snapshot = await new ExportedSnapshotSource({
      address: this.address,
      replication: await this.replication(),
      catalogue: await this.#catalogue(),
      routes: this.#routes,
      signal: this.#stop.signal,
    }).open(this.#routes);
    onTestFinished(() => snapshot.close());
    return snapshot;
  }

  /** Reads the slot into the outlet until the test is over. */
  async stream(options: Partial<StreamOptions> = {}, snapshotLsns = new Map<string, bigint>()) {
    const replication = await this.replication();
    const stream = await replication.stream({
      ...{ slot: this.slot, publication: this.publication, startLsn: 0n },
      ...{ statusIntervalMs: 1_000, silenceLimitMs: 60_000, maxPendingBytes: 1024 * 1024 },
      ...options,
    });
    const acknowledgements = new Acknowledgements(0n, (lsn) => stream.confirm(lsn));
    const reader = new ChangeReader({
      ...{ database: this.database, epoch: EPOCH, outlet: this.outlet, acknowledgements, snapshotLsns },
      catalogue: await this.#catalogue(),
      onEvent: () => undefined,
      onIgnored: () => undefined,
    });
    const ended = streamChanges({ stream, reader, acknowledgements, outlet: this.outlet }, this.#stop.signal);
    ended.catch(() => undefined);
    onTestFinished(async () => {
      this.#stop.abort();
      await ended.catch(() => undefined);
      await replication.close();
    });
    return { stream: stream satisfies ReplicationStream, acknowledgements, ended };
  }

  async #catalogue(): Promise<PostgresSourceCatalogue> {
    const session = await Session.open(this.address);
    onTestFinished(() => session.close());
    return new PostgresSourceCatalogue(session, this.#routes, this.#stop.signal);
  }
}
