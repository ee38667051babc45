export interface BrokerOptions {
  host: string;
  port: number;
  controllerPort: number;
  /** More listeners, by their names. */
  listeners?: ReadonlyMap<string, KafkaListener & { port: number }>;
  /** The folder of the logs. */
  data: string;
}

/** Beside the plain one that every broker here has: https://kafka.apache.org/documentation/#security_overview */
export interface KafkaListener {
  protocol: "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  /** Properties of this listener alone, without `listener.name.…` before them: keys, mechanisms, JAAS. */
  settings: Record<string, string>;
}

/** One node that is broker and controller: https://kafka.apache.org/documentation/#brokerconfigs */
export function brokerProperties({
  host,
  port,
  controllerPort,
  listeners = new Map(),
  data,
}: BrokerOptions): Record<string, string> {
  const more = [...listeners].map(([name, listener]) => ({ name, ...listener }));
  const addresses = [
    `PLAINTEXT://${host}:${port}`,
    ...more.map((listener) => `${listener.name}://${host}:${listener.port}`),
  ].join(",");
  const protocols = more.map(({ name, protocol }) => `,${name}:${protocol}`).join("");
  return {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@${host}:${controllerPort}`,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${protocols}`,
    listeners: `${addresses},CONTROLLER://${host}:${controllerPort}`,
    "advertised.listeners": addresses,
    ...Object.fromEntries(more.flatMap(listenerProperties)),
    "log.dirs": data,
    "auto.create.topics.enable": "false",
    "num.partitions": "1",
    // There is no second node to replicate to.
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    // 50 each by default, which one small node only loads more slowly.
    "offsets.topic.num.partitions": "5",
    "transaction.state.log.num.partitions": "5",
    "log.cleaner.dedupe.buffer.size": String(16 * 1024 * 1024),
    // A group may start at once, and a dead member may be noticed within a second.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "log.retention.hours": "168",
  };
}

function listenerProperties({ name, settings }: KafkaListener & { name: string }): [string, string][] {
  return Object.entries(settings).map(([key, value]) => [`listener.name.${name.toLowerCase()}.${key}`, value]);
}

export function formatProperties(properties: Record<string, string>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`)
    .join("");
}
