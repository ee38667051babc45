import type { Broker, Cluster } from "kafkajs";
import { type FetchedPartition, hideAborted } from "./aborted-records.js";

type Fetch = (...request: Parameters<Broker["fetch"]>) => Promise<FetchResponse>;
interface FetchResponse {
  readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[];
}

/** From now on the cluster's fetches hide the records of aborted transactions. */
export function hidesAborted(cluster: Pick<Cluster, "findBroker">): void {
  const find = cluster.findBroker.bind(cluster);
  const known = new WeakSet<Broker>();
  cluster.findBroker = async (node) => {
    const broker = await find(node);
    if (!known.has(broker)) {
      known.add(broker);
      const fetch: Fetch = broker.fetch.bind(broker);
      broker.fetch = async (...request) => {
        const response = await fetch(...request);
        for (const { partitions } of response.responses) partitions.forEach(hideAborted);
        return response;
      };
    }
    return broker;
  };
}
