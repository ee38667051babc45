import { numbered } from "./numbered.js";

/** The consumer groups' names: what a service joins and `freshet status` asks for. */
export function transformerGroup(index: string, documents = 1): string {
  return `freshet.embedding-transformer.${index}${numbered(documents)}`;
}

export function sinkGroup(store: string, index: string, generation = 1): string {
  return `freshet.vector-sink.${store}.${index}${numbered(generation)}`;
}

/** Of the schedulers of an installation, which is known by its slot; one of them leads. */
export function schedulerGroup(slot: string): string {
  return `freshet.scheduler.${slot}`;
}
