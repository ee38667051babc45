import { setTimeout as wait } from "node:timers/promises";
import { Capture } from "./capture.js";
import { openKafka, type Servers } from "./servers.js";
import { until } from "../../support/until.js";

const ROWS_PER_SECOND = 100;
const WARM_UP_ROWS = 200;

export interface Latencies {
  /** ms from each commit's answer to the record in the consumer's hands. */
  readonly changes: readonly number[];
  /** ms from a bare kafkajs send to the same consumer: what the broker and this measuring take. */
  readonly bare: readonly number[];
}

/** Single-row transactions at a steady rate through a warm producer, and then as many records without it. */
export async function measureLatency(servers: Servers, seconds: number): Promise<Latencies> {
  const capture = await Capture.prepare(servers);
  const { topic } = capture.watch;
  await capture.startEmpty();
  const arrivals = await Arrivals.open(servers, topic);
  const producer = openKafka(servers.kafka.brokers).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    const rows = WARM_UP_ROWS + seconds * ROWS_PER_SECOND;
    const commit = async (id: number) => {
      await capture.table.insert(id, 1);
      return performance.now();
    };
    const send = async (id: number) => {
      const sentAt = performance.now();
      await producer.send({ topic, messages: [{ key: JSON.stringify({ id }), value: "x".repeat(600) }] });
      return sentAt;
    };
    const changes = await arrivals.latencies(1, rows, commit);
    await capture.stop();
    const bare = await arrivals.latencies(1 + rows, rows, send);
    return { changes, bare };
  } finally {
    await producer.disconnect();
    await arrivals.close();
    await capture.close();
    await capture.table.drop();
  }
}

/** When a waiting consumer got each row's record. */
class Arrivals {
  readonly #at = new Map<number, number>();
  readonly close: () => Promise<void>;

  private constructor(close: () => Promise<void>) {
    this.close = close;
  }

  static async open({ kafka }: Servers, topic: string): Promise<Arrivals> {
    const consumer = openKafka(kafka.brokers).consumer({ groupId: `${topic}.latency` });
    const arrivals = new Arrivals(() => consumer.disconnect());
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: ({ batch }) => {
        const now = performance.now();
        for (const { key } of batch.messages) {
          arrivals.#at.set((JSON.parse(key?.toString() ?? "{}") as { id?: number }).id ?? -1, now);
        }
        return Promise.resolve();
      },
    });
    return arrivals;
  }

  /** @param begin makes a row's change and tells when its time starts. @returns less those of the warming up. */
  async latencies(from: number, rows: number, begin: (id: number) => Promise<number>): Promise<number[]> {
    const begun = new Map<number, number>();
    const startedAt = performance.now();
    for (let row = 0; row < rows; row++) {
      await wait(Math.max(0, startedAt + (row * 1000) / ROWS_PER_SECOND - performance.now()));
      begun.set(from + row, await begin(from + row));
    }
    const all = () => [...begun.keys()].every((id) => this.#at.has(id));
    await until(all, { what: "every record was read", timeoutMs: 60_000 });
    const measured = [...begun].slice(WARM_UP_ROWS);
    return measured.map(([id, startedMs]) => (this.#at.get(id) ?? Number.NaN) - startedMs);
  }
}
