import type { Collection } from "chromadb";
import type { CollectionSpec } from "../collection-spec.js";
import type { ChromaConnection } from "./client.js";
import type { Hnsw } from "../hnsw.js";
import { chromaName, configurationOf, metadataOf, specOf } from "./collection.js";
import { isMissing, isThereAlready } from "./failure.js";

/** Chroma has no aliases: each is a record of this collection, under its name, and so is replaced in one go. */
const ALIASES = "freshet.aliases";
const TARGET = "collection";
const PER_PAGE = 100;

/** A collection that is there. */
export interface Known {
  /** Another one of the same name has another. */
  readonly id: string;
  readonly spec: CollectionSpec;
}

/** Which collections and aliases there are. */
export class ChromaCatalog {
  readonly #connection: ChromaConnection;

  constructor(connection: ChromaConnection) {
    this.#connection = connection;
  }

  find(name: string): Promise<Known | null> {
    return this.#on(chromaName(name), ({ id, metadata }) => {
      const spec = specOf(metadata);
      return spec ? { id, spec } : null;
    });
  }

  async names(): Promise<string[]> {
    const names: string[] = [];
    for (let offset = 0; ; offset += PER_PAGE) {
      const page = await this.#connection.ask((client) => client.listCollections({ limit: PER_PAGE, offset }));
      names.push(...page.flatMap(({ metadata }) => specOf(metadata)?.name ?? []));
      if (page.length < PER_PAGE) return names;
    }
  }

  /** Nothing when it is there already: another instance was quicker. */
  async create(spec: CollectionSpec, hnsw: Hnsw): Promise<void> {
    const made = {
      name: chromaName(spec.name),
      configuration: configurationOf(spec, hnsw),
      metadata: metadataOf(spec),
      embeddingFunction: null,
    };
    await this.#connection.ask((client) =>
      client.createCollection(made).catch((error: unknown) => {
        if (!isThereAlready(error)) throw error;
      }),
    );
  }

  /** Brings to what is there what can be changed of it. */
  async change(spec: CollectionSpec, { efSearch }: Hnsw): Promise<void> {
    await this.#connection.ask(async (client) => {
      const collection = await client.getCollection({ name: chromaName(spec.name) });
      const isSet = efSearch === undefined || collection.configuration.hnsw?.ef_search === efSearch;
      await collection.modify({
        metadata: metadataOf(spec),
        ...(isSet ? {} : { configuration: { hnsw: { ef_search: efSearch } } }),
      });
    });
  }

  /** Its aliases go with it. */
  async remove(name: string): Promise<void> {
    await this.#on(ALIASES, (aliases) => aliases.delete({ where: { [TARGET]: name } }));
    await this.#connection.ask((client) => orMissing(client.deleteCollection({ name: chromaName(name) })));
  }

  alias(alias: string): Promise<string | null> {
    return this.#on(ALIASES, async (aliases) => {
      const { metadatas } = await aliases.get({ ids: [alias] });
      const target = metadatas[0]?.[TARGET];
      return typeof target === "string" ? target : null;
    });
  }

  async setAlias(alias: string, collection: string): Promise<void> {
    const record = { ids: [alias], embeddings: [[0]], metadatas: [{ [TARGET]: collection }] };
    await this.#connection.ask(async (client) => {
      const aliases = await client.getOrCreateCollection({ name: ALIASES, embeddingFunction: null });
      await aliases.upsert(record);
    });
  }

  /** Null when there is none of this name. */
  #on<T>(name: string, use: (collection: Collection) => T | Promise<T>): Promise<T | null> {
    return this.#connection.ask(async (client) => {
      const collection = await orMissing(client.getCollection({ name }));
      return collection && use(collection);
    });
  }
}

async function orMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
