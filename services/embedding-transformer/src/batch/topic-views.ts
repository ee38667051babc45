import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import type { Registry } from "prom-client";
import type { BatchIndex } from "./batch-index.js";
import { CallError } from "./call-error.js";
import { RowView } from "./row-view.js";
import { TopicView } from "./topic-view.js";

export interface TopicViewsOptions {
  readonly connection: KafkaConnection;
  /** Each topic's view has a folder of its own in it. */
  readonly directory: string;
  readonly registry: Registry;
}

/** A view of each index's topic, kept from when a call first needs it, also when the process starts again. */
export class TopicViews {
  readonly #options: TopicViewsOptions;
  readonly #views = new Map<string, Promise<TopicView>>();
  /** By topic. */
  readonly #left = new Map<string, Promise<void>>();

  constructor(options: TopicViewsOptions) {
    this.#options = options;
  }

  /** What has to be mended in a topic isn't left to the next call. A view that can't be opened now is, then. */
  resume(index: Pick<BatchIndex, "name" | "topic">): void {
    if (existsSync(this.#folder(index.topic))) this.of(index).catch(() => undefined);
  }

  /** Closes the view of a topic that no index has any more, and removes what it kept. */
  leave(topic: string): void {
    const opened = this.#views.get(topic);
    this.#views.delete(topic);
    const left = Promise.resolve(opened)
      .then((view) => view?.close())
      .then(() => rm(this.#folder(topic), { recursive: true, force: true }))
      .catch(() => undefined);
    this.#left.set(topic, left);
  }

  /** @throws {CallError} FAILED_PRECONDITION: the topic isn't there. @throws {RetriableError} */
  async of(index: Pick<BatchIndex, "name" | "topic">): Promise<TopicView> {
    const { name, topic } = index;
    const opened = this.#views.get(topic) ?? this.#open(name, topic);
    this.#views.set(topic, opened);
    const view = await opened.catch((error: unknown) => {
      this.#views.delete(topic);
      throw error;
    });
    if (view.failure === null) return view;
    // Whoever meets it first opens another.
    if (this.#views.get(topic) === opened) {
      const reopened = view.close().then(() => this.#open(name, topic));
      this.#views.set(topic, reopened);
    }
    return this.of(index);
  }

  async close(): Promise<void> {
    const views = [...this.#views.values()];
    this.#views.clear();
    await Promise.allSettled([...this.#left.values(), ...views.map(async (view) => (await view).close())]);
  }

  async #open(name: string, topic: string): Promise<TopicView> {
    const { connection, registry } = this.#options;
    await this.#left.get(topic);
    const view = await TopicView.open({ connection, topic, view: new RowView(this.#folder(topic)), registry });
    if (view !== null) return view;
    throw new CallError(status.FAILED_PRECONDITION, `The index ${name} has no topic ${topic} yet; wait until it runs.`);
  }

  #folder(topic: string): string {
    return join(this.#options.directory, topic);
  }
}
