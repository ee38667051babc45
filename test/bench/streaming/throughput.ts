import { TopicWatch } from "../cdc/topic-watch.js";
import { quantile } from "../report.js";
import { fillTopic } from "./backlog.js";
import { BARE_SETTINGS, type BareSettings, startBareHop } from "./bare-hop.js";
import type { Broker } from "./broker.js";
import { type HopOrder, SESSION_TIMEOUT_MS, startHop, type Work } from "./hop.js";
import type { MemberProcess } from "./member-process.js";

/** Of the messages: they pass before the clock starts. */
const WARM_UP_SHARE = 0.1;
/** Of the messages that are measured: for each of the settings of the bare loop that are tried. */
const PROBE_SHARE = 0.2;

export interface Load {
  readonly messages: number;
  readonly bytes: number;
  readonly work: Work;
}

export interface HopRates {
  /** Messages per second in each run. */
  readonly hop: readonly number[];
  readonly bare: readonly number[];
  readonly exactlyOnce: readonly number[];
  readonly settings: BareSettings;
}

type Start = (order: HopOrder) => MemberProcess;

/** All in turn, each from the same backlog to a topic of its own; the bare loop with the settings that suit it best. */
export async function measureThroughput(
  broker: Broker,
  { messages, bytes, work }: Load,
  runs: number,
  onProgress: (message: string) => void,
): Promise<HopRates> {
  const input = await fillTopic(broker, messages, bytes);
  const rate = (start: Start, share = 1) => passThrough(broker, { input, work, messages }, start, share);
  const startBare = (settings: BareSettings) => (order: HopOrder) => startBareHop({ ...order, settings });

  const tried: { settings: BareSettings; rate: number }[] = [];
  for (const settings of BARE_SETTINGS) {
    tried.push({ settings, rate: await rate(startBare(settings), PROBE_SHARE) });
  }
  const best = tried.reduce((left, right) => (right.rate > left.rate ? right : left));

  const hop: number[] = [];
  const bare: number[] = [];
  const exactlyOnce: number[] = [];
  for (let run = 1; run <= runs; run++) {
    hop.push(await rate(startHop));
    bare.push(await rate(startBare(best.settings)));
    // The markers of its transactions count as messages: about one in a thousand.
    exactlyOnce.push(await rate((order) => startHop({ ...order, processingGuarantee: "exactly_once" })));
    onProgress(
      `${work} of ${bytes} bytes ${run}: ${thousands(hop)} beside ${thousands(bare)}, exactly once ${thousands(exactlyOnce)} messages/s`,
    );
  }
  await new TopicWatch(broker.admin, input).delete();
  return { hop, bare, exactlyOnce, settings: best.settings };
}

function thousands(rates: readonly number[]): string {
  return `${(quantile(rates.slice(-1), 0.5) / 1000).toFixed(1)}k`;
}

let groups = 0;

async function passThrough(
  broker: Broker,
  { input, work, messages }: { input: string; work: Work; messages: number },
  start: Start,
  share: number,
): Promise<number> {
  const output = await broker.createTopic();
  const watch = new TopicWatch(broker.admin, output);
  const warmUp = Math.floor(messages * WARM_UP_SHARE);
  const count = Math.floor((messages - warmUp) * share);
  const order = { brokers: broker.brokers, group: `throughput.${++groups}`, input, output, work };
  const member = start({ ...order, sessionTimeoutMs: SESSION_TIMEOUT_MS });
  try {
    return await watch.rate(warmUp, count, member.alive);
  } finally {
    await member.end("SIGKILL");
    await watch.delete();
  }
}
