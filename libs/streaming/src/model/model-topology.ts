import { setTimeout as delay } from "node:timers/promises";
import { BatchItemsError, FatalError, RetriableError } from "../errors.js";
import type { Message } from "../message.js";
import type { BatchContext, BatchOptions, Sink } from "../sink.js";
import type { Topology } from "../topology.js";
import type { TopologySettings } from "./history.js";
import type { Journal } from "./journal.js";
import { type ModelMessage, modelKey, modelMessage } from "./model-message.js";
import type { Script } from "./script.js";

type Batch = readonly Message<string, ModelMessage>[];

export interface ModelTopologyOptions extends TopologySettings {
  readonly input: string;
  readonly output: string;
  /** Of a write of the sink. */
  readonly requestTimeoutMs: number;
  readonly script: Script;
  readonly journal: Journal;
}

/** Every kind of operator, and two branches: an output topic and a sink. */
export function declareModel(topology: Topology, options: ModelTopologyOptions): void {
  const { input, output, script, maxItems, paceMs, operatorConcurrency } = options;
  const limits: BatchOptions = { maxItems, maxBytes: 1_000_000, maxWaitMs: 5 };
  const codecs = { key: modelKey, value: modelMessage };
  const operate = async (message: ModelMessage) => {
    await script.pass("operate");
    if (message.fate === "operate") throw new RangeError(`Nothing to be done with message ${message.sequence}.`);
    return message;
  };
  const worked = topology
    .dataframe(topology.topic(input, codecs))
    .filter(({ fate }) => fate !== "filtered")
    .apply(alone(operate), { concurrency: operatorConcurrency })
    .applyBatch(async (batch) => {
      await delay(paceMs);
      await script.pass("batch");
      refuse(batch, "batch");
      return batch.map(({ value }) => value);
    }, limits);
  worked.toTopic(topology.topic(output, codecs));
  worked.sink(journalSink(options), limits);
}

type Operator = (value: ModelMessage, message: Message<string, ModelMessage>) => Promise<ModelMessage>;

/** @throws {FatalError} another message of the key is in work. */
function alone(operate: Operator): Operator {
  const inWork = new Set<string>();
  return async (value, message) => {
    if (inWork.has(message.key)) throw new FatalError(`Two messages of ${message.key} are worked on at once.`);
    inWork.add(message.key);
    try {
      return await operate(value, message);
    } finally {
      inWork.delete(message.key);
    }
  };
}

/** Writes to the journal, in the same tick in which the gate was asked: so nothing can come between. */
function journalSink({
  script,
  journal,
  writesInPart,
  requestTimeoutMs,
}: ModelTopologyOptions): Sink<string, ModelMessage> {
  const write = (batch: Batch, { gate }: BatchContext) => {
    gate.check(requestTimeoutMs);
    const records = batch.map(({ key, value, partition, offset }) => {
      return { key, sequence: value.sequence, partition, offset: Number(offset) };
    });
    if (records.length > 0) journal.append({ what: "wrote", records });
  };
  return {
    write: async (batch, context) => {
      const action = await script.pass("write");
      const half = batch.slice(0, batch.length >> 1).filter(({ value }) => value.fate !== "sink");
      if (action === "half" || action === "half-kill") {
        write(half, context);
        if (action === "half-kill") script.kill();
        throw new RetriableError("The script lets half of it fail.");
      }
      if (!writesInPart) refuse(batch, "sink");
      write(
        batch.filter(({ value }) => value.fate !== "sink"),
        context,
      );
      await script.pass("written");
      refuse(batch, "sink");
    },
  };
}

/** @throws {BatchItemsError} */
function refuse(batch: Batch, fate: "batch" | "sink"): void {
  const failures = new Map<number, Error>();
  for (const [index, { value }] of batch.entries()) {
    if (value.fate === fate) failures.set(index, new RangeError(`Message ${value.sequence} is refused.`));
  }
  if (failures.size > 0) throw new BatchItemsError(failures);
}
