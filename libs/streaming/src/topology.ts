import type { StreamingDataFrame } from "./frames/dataframe.js";
import { FatalError } from "./errors.js";
import { type Pipeline, createPipeline } from "./frames/pipeline.js";
import type { Topic, TopicCodecs } from "./topic.js";

/** What is done to which topics. A function that declares it runs with an application and with the test driver alike. */
export interface Topology {
  /** A name and its codecs. Asks nothing of the broker. */
  topic<K, V>(name: string, codecs: TopicCodecs<K, V>): Topic<K, V>;
  /**
   * The messages of an input topic, from which everything that is done to them is chained.
   *
   * @throws {FatalError} the topic has a frame already: use that one twice.
   */
  dataframe<K, V>(topic: Topic<K, V>): StreamingDataFrame<K, V>;
}

/** Collects the pipelines that are declared, by input topic. */
export class DeclaredTopology implements Topology {
  readonly #pipelines = new Map<string, Pipeline>();

  get pipelines(): ReadonlyMap<string, Pipeline> {
    return this.#pipelines;
  }

  topic<K, V>(name: string, { key, value }: TopicCodecs<K, V>): Topic<K, V> {
    return { name, key, value };
  }

  dataframe<K, V>(topic: Topic<K, V>): StreamingDataFrame<K, V> {
    if (this.#pipelines.has(topic.name)) throw new FatalError(`Topic ${topic.name} has a frame already; branch that.`);
    const { pipeline, frame } = createPipeline(topic);
    this.#pipelines.set(topic.name, pipeline);
    return frame;
  }
}
