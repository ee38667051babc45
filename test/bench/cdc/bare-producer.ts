import { fork } from "node:child_process";
import { once } from "node:events";

export interface BareProducerOrder {
  readonly brokers: string[];
  /** Whose records are produced again, to as many partitions of a topic that is made anew for each run. */
  readonly topic: string;
  readonly runs: number;
}

export interface BareProducerResult {
  /** Messages in each send: the one with which kafkajs is fastest. */
  readonly batch: number;
  /** Records per second in each run, when kafkajs takes each message to its partition. */
  readonly rates: readonly number[];
  /** The same without its partitioner, which measures the topic for each message. */
  readonly unpartitionedRates: readonly number[];
}

/** What kafkajs does alone: the same records, in a process of its own. */
export async function produceBare(order: BareProducerOrder): Promise<BareProducerResult> {
  const child = fork(new URL("./bare-producer-process.js", import.meta.url), { serialization: "advanced" });
  try {
    child.send(order);
    const [result] = (await Promise.race([once(child, "message"), ended(child)])) as [BareProducerResult];
    return result;
  } finally {
    child.kill();
  }
}

async function ended(child: ReturnType<typeof fork>): Promise<never> {
  await once(child, "exit");
  throw new Error("the bare producer ended");
}
