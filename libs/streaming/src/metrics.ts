import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** Several applications of a process share one registry: whoever comes first makes the metric. */
function counter(registry: Registry, name: string, help: string, labelNames: string[]): Counter {
  const known = registry.getSingleMetric(name);
  return known instanceof Counter ? known : new Counter({ name, help, labelNames, registers: [registry] });
}

function gauge(registry: Registry, name: string, help: string, labelNames: string[]): Gauge {
  const known = registry.getSingleMetric(name);
  return known instanceof Gauge ? known : new Gauge({ name, help, labelNames, registers: [registry] });
}

function histogram(registry: Registry, name: string, help: string, buckets: number[]): Histogram {
  const known = registry.getSingleMetric(name);
  if (known instanceof Histogram) return known;
  return new Histogram({ name, help, labelNames: ["group"], buckets, registers: [registry] });
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const MESSAGES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** What the library counts; `group` is the consumer group, empty for a delivery channel. */
export class StreamMetrics {
  readonly consumed: Counter;
  readonly produced: Counter;
  readonly deadLettered: Counter;
  readonly retries: Counter;
  readonly batchSeconds: Histogram;
  readonly batchMessages: Histogram;
  readonly commitSeconds: Histogram;
  readonly bufferedBytes: Gauge;
  readonly inFlightMessages: Gauge;
  readonly lag: Gauge;

  constructor(registry: Registry) {
    const prefix = "freshet_stream_";
    this.consumed = counter(registry, `${prefix}consumed_total`, "Records taken for work", ["group", "topic"]);
    this.produced = counter(registry, `${prefix}produced_total`, "Records acknowledged by the broker", ["topic"]);
    this.deadLettered = counter(registry, `${prefix}dead_lettered_total`, "Dead letters, by origin", ["topic"]);
    this.retries = counter(registry, `${prefix}retries_total`, "Failed attempts that are tried again", [
      "group",
      "stage",
    ]);
    this.batchSeconds = histogram(registry, `${prefix}batch_duration_seconds`, "Taken to durable", SECONDS);
    this.batchMessages = histogram(registry, `${prefix}batch_messages`, "Records of a batch", MESSAGES);
    this.commitSeconds = histogram(registry, `${prefix}commit_duration_seconds`, "Commit of offsets", SECONDS);
    this.inFlightMessages = gauge(registry, `${prefix}in_flight_messages`, "Records in work, or being produced", [
      "group",
    ]);
    this.lag = gauge(registry, `${prefix}lag_messages`, "Offsets between the committed one and the log's end", [
      "group",
      "topic",
      "partition",
    ]);
    this.bufferedBytes = gauge(registry, `${prefix}buffered_bytes`, "Keys and values fetched and not yet in work", [
      "group",
    ]);
  }
}
