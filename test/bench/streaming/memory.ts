import { setTimeout as wait } from "node:timers/promises";
import { until } from "../../support/until.js";
import { peakResident } from "../cdc/memory.js";
import { TopicWatch } from "../cdc/topic-watch.js";
import { fillTopic } from "./backlog.js";
import type { Broker } from "./broker.js";
import { SESSION_TIMEOUT_MS } from "./hop.js";
import { startStalledSink } from "./stalled-sink.js";

/** Peaks of resident memory, in MB (10^6 bytes). */
export interface StalledMemory {
  /** Of a member whose sink hasn't answered for a while, with all these messages before it. */
  readonly stalled: number;
  /** Of the same one until it has read them all. */
  readonly drained: number;
}

export async function measureStalledMemory(
  broker: Broker,
  { messages, bytes, stallSeconds }: { messages: number; bytes: number; stallSeconds: number },
): Promise<StalledMemory> {
  const { brokers, admin } = broker;
  const input = await fillTopic(broker, messages, bytes);
  const group = `${input}.memory`;
  const member = startStalledSink({ brokers, group, input, sessionTimeoutMs: SESSION_TIMEOUT_MS });
  try {
    await wait(stallSeconds * 1000);
    member.alive();
    const stalled = peakResident(member.pid);
    member.send({ answer: true });
    const isDrained = async () => {
      member.alive();
      const [ofInput] = await admin.fetchOffsets({ groupId: group, topics: [input] });
      const done = ofInput?.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
      return done === messages;
    };
    await until(isDrained, { what: `${messages} messages are behind the group`, timeoutMs: TIMEOUT_MS });
    return { stalled, drained: peakResident(member.pid) };
  } finally {
    await member.end("SIGKILL");
    await new TopicWatch(admin, input).delete();
  }
}

const TIMEOUT_MS = 900_000;
