import { randomName } from "@freshet/local-stack/testing";
import { Registry } from "prom-client";
import { onTestFinished, vi } from "vitest";
import { Application, type ApplicationOptions } from "../application.js";
import type { Message } from "../message.js";
import type { BatchOptions } from "../sink.js";
import type { Topic } from "../topic.js";
import { deadLetterTopic, testConnection } from "./broker.js";

/** The shortest that the test broker allows is 1 s: a member that dies is noticed soon. */
export const SESSION_TIMEOUT_MS = 3000;
export const WAIT = { timeout: 30_000, interval: 20 };
export const LIMITS: BatchOptions = { maxItems: 100, maxBytes: 1_000_000, maxWaitMs: 5 };

export function createApplication(options: Partial<ApplicationOptions> = {}): Application {
  return new Application({
    connection: testConnection(),
    consumerGroup: randomName("group"),
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    registry: new Registry(),
    deadLetterTopic,
    ...options,
  });
}

export interface Running {
  /** Stops it and waits for its end. */
  stop(): Promise<void>;
  /** What `run` rejected with; undefined when it resolved. */
  readonly ended: Promise<unknown>;
}

export function start(application: Application): Running {
  const controller = new AbortController();
  const ended = application.run({ signal: controller.signal }).then(
    () => undefined,
    (error: unknown) => error,
  );
  const stop = async () => {
    controller.abort();
    await ended;
  };
  onTestFinished(stop);
  return { stop, ended };
}

/** Collects a topic from its beginning until the condition holds; then stops. */
export async function readTopic<K, V>(
  topic: Topic<K, V>,
  isDone: (messages: readonly Message<K, V>[]) => boolean,
  options: Partial<ApplicationOptions> = {},
): Promise<Message<K, V>[]> {
  const messages: Message<K, V>[] = [];
  const application = createApplication(options);
  const write = (batch: readonly Message<K, V>[]) => {
    messages.push(...batch);
    return Promise.resolve();
  };
  application.dataframe(topic).sink({ write }, LIMITS);
  const running = start(application);
  await vi.waitUntil(() => isDone(messages), WAIT);
  await running.stop();
  return messages;
}
