import { until } from "../../support/until.js";
import { watchArrivals } from "./arrivals.js";
import type { Broker } from "./broker.js";
import { SESSION_TIMEOUT_MS, startHop } from "./hop.js";
import { SteadyLoad } from "./steady-load.js";

const MESSAGES_PER_SECOND = 100;
const WARM_UP_MESSAGES = 300;

/** In ms, of each message. */
export interface HopLatencies {
  /** From the input topic's record in a consumer's hands to the output topic's record in another's. */
  readonly added: readonly number[];
  /** From the send to the input topic's record in a consumer's hands: without the hop. */
  readonly direct: readonly number[];
  /** From the send to the output topic's record in a consumer's hands. */
  readonly through: readonly number[];
}

/** Messages at a steady rate through a warm hop, read before it and behind it by the same kind of consumer. */
export async function measureLatency(broker: Broker, seconds: number): Promise<HopLatencies> {
  const { brokers } = broker;
  const input = await broker.createTopic();
  const output = await broker.createTopic();
  const before = new Map<string, number>();
  const behind = new Map<string, number>();
  const closers = [
    await watchArrivals(brokers, input, ({ key, at }) => before.set(key, at)),
    await watchArrivals(brokers, output, ({ key, at }) => behind.set(key, at)),
  ];
  const load = await SteadyLoad.open(brokers, input, MESSAGES_PER_SECOND);
  const order = { brokers, group: `${output}.latency`, input, output, work: "json" } as const;
  const hop = startHop({ ...order, sessionTimeoutMs: SESSION_TIMEOUT_MS });
  const over = new AbortController();
  const loading = load.run(over.signal);
  const arrived = (count: number) =>
    until(() => (hop.alive(), behind.size >= count), { what: `${count} messages arrived`, timeoutMs: TIMEOUT_MS });
  try {
    await arrived(WARM_UP_MESSAGES);
    const first = load.sentAt.size;
    await arrived(first + seconds * MESSAGES_PER_SECOND);
    over.abort();
    await loading;
    await arrived(load.sentAt.size);
    const measured = [...load.sentAt].slice(first).map(([key, sentAt]) => {
      const read = before.get(key) ?? Number.NaN;
      const through = behind.get(key) ?? Number.NaN;
      return { added: through - read, direct: read - sentAt, through: through - sentAt };
    });
    const each = (pick: keyof HopLatencies) => measured.map((message) => message[pick]);
    return { added: each("added"), direct: each("direct"), through: each("through") };
  } finally {
    over.abort();
    await loading;
    await hop.end("SIGTERM");
    await Promise.all([load.close(), ...closers.map((close) => close())]);
  }
}

const TIMEOUT_MS = 120_000;
