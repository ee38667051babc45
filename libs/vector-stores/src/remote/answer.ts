import { stringifyJson } from "@freshet/schemas/lossless-json";
import { encodeVector } from "@freshet/schemas/vector-encoding";
import { metadataToJson } from "../stored-metadata.js";
import type { SearchableStore } from "../vector-store.js";
import { requests, type Operation } from "./protocol.js";

/**
 * Carries out an operation that came over HTTP: the answer's JSON.
 *
 * @throws {z.ZodError} when the body isn't the operation's request. @throws what the store throws.
 */
export async function answerOperation(store: SearchableStore, operation: Operation, body: unknown): Promise<string> {
  switch (operation) {
    case "list":
      return stringifyJson({ collections: await store.list() });
    case "alias": {
      const { alias } = requests.alias.parse(body);
      return stringifyJson({ collection: await store.resolveAlias(alias) });
    }
    case "describe": {
      const { collection } = requests.describe.parse(body);
      return stringifyJson({ spec: await store.describe(collection) });
    }
    case "search": {
      const { collection, ...request } = requests.search.parse(body);
      const hits = await store.search(collection, request);
      return stringifyJson({ hits: hits.map((hit) => ({ ...hit, metadata: metadataToJson(hit.metadata) })) });
    }
    case "scroll": {
      const { collection, limit, after } = requests.scroll.parse(body);
      const { points, next } = await store.scroll(collection, limit, after);
      return stringifyJson({
        points: points.map((point) => ({ ...point, metadata: metadataToJson(point.metadata) })),
        next,
      });
    }
    case "count": {
      const { collection } = requests.count.parse(body);
      return stringifyJson({ count: await store.count(collection) });
    }
    case "retrieve": {
      const { collection, ids } = requests.retrieve.parse(body);
      const points = await store.retrieve(collection, ids);
      return stringifyJson({
        points: [...points.values()].map((point) => ({
          ...point,
          vector: encodeVector(point.vector),
          metadata: metadataToJson(point.metadata),
        })),
      });
    }
    default:
      return operation satisfies never;
  }
}
