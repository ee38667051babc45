/** The consumer groups' names: what a service joins and `freshet status` asks for. */
export function transformerGroup(index: string): string {
  return `freshet.embedding-transformer.${index}`;
}

export function sinkGroup(store: string, index: string): string {
  return `freshet.vector-sink.${store}.${index}`;
}
