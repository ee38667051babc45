import { subscribe } from "node:diagnostics_channel";
import { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import {
  AnswerFrames,
  type BrokerRequest,
  END_TXN,
  INIT_PRODUCER_ID,
  OFFSET_COMMIT,
  PRODUCE,
  parseCommit,
  parseRequest,
  SYNC_GROUP,
  TXN_OFFSET_COMMIT,
} from "./broker-requests.js";
import type { Step } from "./fault.js";
import type { Journal } from "./journal.js";
import type { Script } from "./script.js";

interface WireTapOptions {
  readonly script: Script;
  readonly journal: Journal;
  /** A request that names it carries dead letters. */
  readonly deadLetterTopic: string;
}

/** Long enough for a commit that doesn't wait for what it counts on. */
const WITHHELD_MS = 300;
type RequestStep = Extract<Step, "open" | "produce" | "bury" | "commit">;
const ANSWERED: Readonly<Partial<Record<RequestStep, Step>>> = {
  produce: "produced",
  bury: "buried",
  commit: "committed",
};

/**
 * Stands between this process and the broker, under the library, which can't tell: notes each commit in the journal
 * before it is sent, and lets the script interrupt at requests and answers.
 */
export function tapWire(options: WireTapOptions): void {
  // https://nodejs.org/docs/latest-v20.x/api/diagnostics_channel.html#tcp-socket
  subscribe("net.client.socket", (message) => {
    const socket = typeof message === "object" && message !== null && "socket" in message ? message.socket : undefined;
    // Node takes back what is set before.
    if (socket instanceof Socket) socket.once("connect", () => tap(socket, options));
  });
}

function tap(socket: Socket, options: WireTapOptions): void {
  const { script } = options;
  const open = new Map<number, RequestStep>();
  const answers = new AnswerFrames();
  // Before kafkajs' own listener: at an answer, the library doesn't know of it yet.
  socket.prependListener("data", (chunk: Buffer) => {
    for (const id of answers.push(chunk)) {
      const step = open.get(id);
      const answered = step && ANSWERED[step];
      open.delete(id);
      if (answered !== undefined) script.at(answered);
    }
  });
  // kafkajs writes each request at once.
  socket.write = new Proxy(socket.write.bind(socket), {
    apply(write, _, args: [Buffer]) {
      const send = () => write(...args);
      const request = parseRequest(args[0]);
      const step = stepOf(request, options);
      if (step === undefined) return send();
      open.set(request.correlationId, step);
      const action = script.at(step);
      if (action === "withhold") {
        void delay(WITHHELD_MS).then(() => script.kill());
        return true;
      }
      return action === "cut"
        ? write(args[0], () => socket.destroy(new Error("The script cuts the connection.")))
        : send();
    },
  });
}

function stepOf(request: BrokerRequest, { journal, deadLetterTopic }: WireTapOptions): RequestStep | undefined {
  switch (request.apiKey) {
    case INIT_PRODUCER_ID:
      return "open";
    case PRODUCE:
      return request.body.includes(deadLetterTopic) ? "bury" : "produce";
    case OFFSET_COMMIT:
    case TXN_OFFSET_COMMIT:
      journal.append({ what: "commits", offsets: parseCommit(request) });
      return "commit";
    case END_TXN:
      return "commit";
    case SYNC_GROUP:
      journal.append({ what: "joins" });
      return undefined;
    default:
      return undefined;
  }
}
