import { isDeepStrictEqual } from "node:util";
import type { Index, IndexModel, Pinecone } from "@pinecone-database/pinecone";
import { requireCompatible } from "../collection-model.js";
import { CollectionMismatchError, InputRefusedError } from "../errors.js";
import type { CollectionSpec, Distance } from "../collection-spec.js";
import { isNotFound } from "./failure.js";
import { indexName } from "./index-name.js";
import { filterableKeys } from "./point.js";
import { aliasTag, aliasTurn, NO_SPEC_TAGS, specOf, specTags } from "./tags.js";

const METRICS = { cosine: "cosine", dot: "dotproduct", euclid: "euclidean" } as const satisfies Record<
  Distance,
  string
>;

export interface CatalogOptions {
  /** `aws`, `gcp` or `azure`, and one of its regions: https://docs.pinecone.io/guides/index-data/create-an-index#cloud-regions */
  readonly cloud: string;
  readonly region: string;
  /** How long a new index may take. */
  readonly readyTimeoutMs: number;
  /** Whether the indexes' own addresses are spoken to without TLS, as an emulator's are. */
  readonly plain: boolean;
}

type Ask = <T>(request: (client: Pinecone) => Promise<T>) => Promise<T>;

export interface OpenCollection {
  readonly index: Index;
  readonly spec: CollectionSpec;
  /** Of the index's address. */
  readonly host: string;
}

interface OwnIndex {
  readonly model: IndexModel;
  readonly spec: CollectionSpec;
}

/** Each collection is an index; its tags have what it was made for, and the aliases that name it. */
export class Catalog {
  readonly #ask: Ask;
  readonly #options: CatalogOptions;

  constructor(ask: Ask, options: CatalogOptions) {
    this.#ask = ask;
    this.#options = options;
  }

  async list(): Promise<CollectionSpec[]> {
    return (await this.#indexes()).map(({ spec }) => spec);
  }

  /** Null when there is no such collection. */
  async find(name: string): Promise<CollectionSpec | null> {
    return (await this.list()).find((spec) => spec.name === name) ?? null;
  }

  /** The client's handle of the collection's index, with its address. */
  async open(name: string): Promise<OpenCollection | null> {
    const found = (await this.#indexes()).find(({ spec }) => spec.name === name);
    if (!found) return null;
    const { model, spec } = found;
    const address = model.privateHost ?? model.host;
    const host = `${this.#options.plain ? "http" : "https"}://${address.replace(/^https?:\/\//, "")}`;
    // It asks nothing, yet is the client's.
    const index = await this.#ask((client) => Promise.resolve(client.index({ name: model.name, host })));
    return { index, spec, host: new URL(host).host };
  }

  async ensure(wanted: CollectionSpec): Promise<void> {
    if (wanted.features.hybrid) {
      throw new InputRefusedError(`Freshet's Pinecone collections aren't hybrid: leave hybrid out of the index.`);
    }
    const stored = (await this.find(wanted.name)) ?? (await this.#create(wanted));
    requireCompatible(stored, wanted);
    requireFields(stored, wanted);
    const origin = wanted.origin ?? stored.origin;
    const tags = specTags({ ...stored, origin });
    if (isDeepStrictEqual(specOf(tags)?.origin, stored.origin)) return;
    await this.#ask((client) =>
      client.configureIndex({ name: indexName(wanted.name), tags: { ...NO_SPEC_TAGS, ...tags } }),
    );
  }

  /** Its aliases go with it. */
  async remove(name: string): Promise<void> {
    try {
      await this.#ask((client) => client.deleteIndex(indexName(name)));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async alias(alias: string): Promise<string | null> {
    return (await this.#holders(alias))[0]?.spec.name ?? null;
  }

  /** From the first request on the alias names the new collection; the second one tidies up. */
  async setAlias(alias: string, name: string): Promise<void> {
    const holders = await this.#holders(alias);
    const tag = aliasTag(alias);
    if (holders[0]?.spec.name !== name) {
      const turn = holders[0] ? (aliasTurn(alias, holders[0].model.tags ?? {}) ?? 0) + 1 : 0;
      await this.#ask((client) => client.configureIndex({ name: indexName(name), tags: { [tag]: String(turn) } }));
    }
    for (const { model, spec } of holders) {
      if (spec.name === name) continue;
      await this.#ask((client) => client.configureIndex({ name: model.name, tags: { [tag]: "" } }));
    }
  }

  /** The one that counts first. */
  async #holders(alias: string): Promise<OwnIndex[]> {
    const turn = ({ model }: OwnIndex) => aliasTurn(alias, model.tags ?? {});
    const holders = (await this.#indexes()).filter((index) => turn(index) !== undefined);
    return holders.sort((a, b) => (turn(b) ?? 0) - (turn(a) ?? 0));
  }

  async #indexes(): Promise<OwnIndex[]> {
    const { indexes = [] } = await this.#ask((client) => client.listIndexes());
    return indexes.flatMap((model) => {
      const spec = specOf(model.tags ?? {});
      return spec ? [{ model, spec }] : [];
    });
  }

  async #create(spec: CollectionSpec): Promise<CollectionSpec> {
    const { cloud, region, readyTimeoutMs } = this.#options;
    const fields = Object.fromEntries(filterableKeys(spec).map((key) => [key, { filterable: true }]));
    await this.#ask((client) =>
      client.createIndex({
        name: indexName(spec.name),
        dimension: spec.model.dimensions,
        metric: METRICS[spec.distance],
        spec: { serverless: { cloud, region, schema: { fields } } },
        tags: specTags(spec),
        waitUntilReady: true,
        timeout: readyTimeoutMs,
        // Another instance was quicker.
        suppressConflicts: true,
      }),
    );
    return (await this.find(spec.name)) ?? spec;
  }
}

/** @throws {CollectionMismatchError} when columns are asked for that Pinecone hasn't indexed from the start. */
export function requireFields({ name, features: stored }: CollectionSpec, { features: wanted }: CollectionSpec): void {
  const missing = Object.entries(wanted.fields).filter(([column, type]) => stored.fields[column] !== type);
  if (missing.length === 0) return;
  throw new CollectionMismatchError(
    `The collection ${name} was made without ${missing.map(([column, type]) => `${column} as ${type}`).join(", ")} among its ` +
      `filterable columns, and Pinecone adds none later. Give the index another name in freshet.yaml, or take them out there.`,
  );
}

/** Higher is nearer. Pinecone gives the square of a Euclidean distance. */
export function toScore(score: number, distance: Distance): number {
  return distance === "euclid" ? -Math.sqrt(Math.max(score, 0)) : score;
}
