import { until } from "../../support/until.js";
import { watchArrivals } from "./arrivals.js";
import type { Broker } from "./broker.js";
import { startHop } from "./hop.js";
import type { MemberProcess } from "./member-process.js";
import { type Interruption, Progress } from "./progress.js";
import { SteadyLoad } from "./steady-load.js";

export const MESSAGES_PER_SECOND = 600;
/** A killed member is noticed after it. */
export const SESSION_TIMEOUT_MS = 6_000;

export interface Interruptions {
  readonly join: Interruption;
  readonly leave: Interruption;
  readonly kill: Interruption;
}

/** A steady load through a group of two, that a third joins, that one leaves by SIGTERM, and where one of three is killed. */
export async function measureRebalances(broker: Broker): Promise<Interruptions> {
  const group = await Group.open(broker);
  try {
    const first = group.startMember();
    group.startMember();
    await group.settled(2);
    const join = await group.interruption(3, () => void group.startMember());
    const leave = await group.interruption(2, () => first.end("SIGTERM"));
    const last = group.startMember();
    await group.settled(3);
    const kill = await group.interruption(2, () => last.end("SIGKILL"));
    return { join, leave, kill };
  } finally {
    await group.close();
  }
}

/** Members of one consumer group under load, and what comes out behind them. */
class Group {
  readonly #broker: Broker;
  readonly #order: { readonly group: string; readonly input: string; readonly output: string };
  readonly #load: SteadyLoad;
  readonly #progress = new Progress();
  readonly #members: MemberProcess[] = [];
  readonly #over = new AbortController();
  #loading: Promise<void> = Promise.resolve();
  #stopWatching: () => Promise<void> = () => Promise.resolve();

  private constructor(broker: Broker, input: string, output: string, load: SteadyLoad) {
    this.#broker = broker;
    this.#order = { group: `${output}.rebalance`, input, output };
    this.#load = load;
  }

  static async open(broker: Broker): Promise<Group> {
    const input = await broker.createTopic();
    const output = await broker.createTopic();
    const group = new Group(broker, input, output, await SteadyLoad.open(broker.brokers, input, MESSAGES_PER_SECOND));
    group.#stopWatching = await watchArrivals(broker.brokers, output, (arrival) => group.#progress.add(arrival));
    group.#loading = group.#load.run(group.#over.signal);
    return group;
  }

  startMember(): MemberProcess {
    const { brokers } = this.#broker;
    const member = startHop({ ...this.#order, brokers, work: "json", sessionTimeoutMs: SESSION_TIMEOUT_MS });
    this.#members.push(member);
    return member;
  }

  /** Resolves when the group has this many members, and has brought all that was sent until then. */
  async settled(members: number): Promise<void> {
    const stable = async () => {
      const { groups } = await this.#broker.admin.describeGroups([this.#order.group]);
      return groups[0]?.state === "Stable" && groups[0].members.length === members;
    };
    await until(stable, { what: `the group has ${members} members`, timeoutMs: TIMEOUT_MS });
    const sent = [...this.#load.sentAt.keys()];
    const brought = () => sent.every((key) => this.#progress.has(key));
    await until(brought, { what: "the group has caught up", timeoutMs: TIMEOUT_MS });
  }

  async interruption(members: number, event: () => void | Promise<void>): Promise<Interruption> {
    const from = performance.now();
    await event();
    await this.settled(members);
    return this.#progress.between(from, performance.now());
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.#loading;
    await Promise.all(this.#members.map((member) => member.end("SIGKILL")));
    await Promise.all([this.#stopWatching(), this.#load.close()]);
  }
}

const TIMEOUT_MS = 120_000;
