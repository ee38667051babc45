import { Registry } from "prom-client";
import { Application } from "../application.js";
import type { Logger } from "../logger.js";
import { Journal } from "./journal.js";
import type { MemberOrder } from "./member.js";
import { declareModel } from "./model-topology.js";
import { Script } from "./script.js";
import { tapWire } from "./wire-tap.js";

/** A member of the group under test: a process of its own, which can be killed and stopped at named steps. */
async function run(order: MemberOrder): Promise<void> {
  const { group, brokers, input, deadLetterTopic, sessionTimeoutMs, topology } = order;
  const journal = new Journal({ path: order.journal, member: order.member });
  const script = new Script({ faults: order.faults, slowMs: sessionTimeoutMs * 1.2, journal });
  tapWire({ script, journal, deadLetterTopic });
  const stop = new AbortController();
  process.on("SIGTERM", () => stop.abort());
  const application = new Application({
    connection: { brokers, clientId: `member-${order.member}`, logger: journalLogger(journal) },
    consumerGroup: group,
    sessionTimeoutMs,
    registry: new Registry(),
    deadLetterTopic: () => deadLetterTopic,
    processingGuarantee: order.guarantee,
    ...order.application,
  });
  const requestTimeoutMs = Math.floor(sessionTimeoutMs / 3);
  declareModel(application, { ...topology, input, output: order.output, requestTimeoutMs, script, journal });
  try {
    await application.run({ signal: stop.signal });
  } catch (error) {
    journal.append({ what: "failed", error: String(error) });
    process.exitCode = 1;
  }
  process.disconnect();
}

function journalLogger(journal: Journal): Logger {
  const log = (level: string) => (details: object, message: string) =>
    journal.append({ what: "log", level, message, details });
  return { debug: () => undefined, info: log("info"), warn: log("warn"), error: log("error") };
}

// Nothing outlives the test.
process.on("disconnect", () => process.exit());
await run(JSON.parse(process.argv[2] ?? "") as MemberOrder);
