import { encodeSourceCommand, sourceCommandKey, type AcceptCommand } from "@freshet/schemas/source-command";
import { COMMANDS_TOPIC } from "@freshet/schemas/topics";
import { Kafka, logLevel } from "kafkajs";
import { expect } from "vitest";
import type { ServiceProcess } from "../../support/service-process.js";
import { until } from "../../support/until.js";
import { PATIENCE_MS, type SourceScene } from "./source-scene.js";

interface LogLine {
  readonly level: string | number;
  readonly msg: string;
}

/** Each line that the process wrote since its latest start, as far as it is kept. */
export function logLines({ log }: ServiceProcess): LogLine[] {
  const lines: LogLine[] = [];
  for (const line of log.split("\n")) {
    try {
      lines.push(JSON.parse(line) as LogLine);
    } catch {
      // The first one is cut, and the last one may not be complete.
    }
  }
  return lines;
}

/** Resolves when the process has ended with one sentence that matches. */
export async function endsWith(producer: ServiceProcess, sentence: RegExp): Promise<void> {
  await until(() => !producer.running, { what: "the producer ends", timeoutMs: PATIENCE_MS }).catch(
    (cause: unknown) => {
      throw new Error(`it didn't end:\n${producer.log}`, { cause });
    },
  );
  expect(await producer.end("SIGTERM")).toBe(1);
  expect(logLines(producer).at(-1)?.msg).toMatch(sentence);
}

/** What `freshet source accept` writes. */
export async function acceptDatabase(scene: SourceScene): Promise<void> {
  const { brokers, slot } = scene;
  const { epoch } = await scene.state();
  const command: AcceptCommand = { kind: "accept", slot, epoch, requestedAt: Date.now() };
  const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const message = { key: sourceCommandKey(command), value: encodeSourceCommand(command) };
  await producer.send({ topic: COMMANDS_TOPIC, messages: [message] });
  await producer.disconnect();
}
