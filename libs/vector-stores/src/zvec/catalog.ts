import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type { CollectionSpec } from "../vector-store.js";

const FILE = "catalog.json";

const schema = z.object({
  version: z.literal(1),
  collections: z.array(
    z.object({
      name: z.string(),
      model: z.object({ name: z.string(), revision: z.string(), dtype: z.string(), dimensions: z.int() }),
      // Not in the files of older versions, which had no other.
      distance: z.enum(["cosine", "dot", "euclid"]).default("cosine"),
    }),
  ),
  aliases: z.array(z.object({ alias: z.string(), collection: z.string() })),
});

/** Which collections and aliases a store's directory holds; zvec itself knows no aliases. Each change is durable. */
export class Catalog {
  readonly #directory: string;
  readonly #collections: Map<string, CollectionSpec>;
  readonly #aliases: Map<string, string>;

  private constructor(directory: string, content: z.output<typeof schema>) {
    this.#directory = directory;
    this.#collections = new Map(content.collections.map((spec) => [spec.name, spec]));
    this.#aliases = new Map(content.aliases.map(({ alias, collection }) => [alias, collection]));
  }

  /** @throws when the file is damaged. */
  static load(directory: string): Catalog {
    const path = join(directory, FILE);
    try {
      return new Catalog(directory, schema.parse(JSON.parse(readFileSync(path, "utf8"))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return new Catalog(directory, { version: 1, collections: [], aliases: [] });
      }
      throw new Error(`${path} can't be read as a store's catalogue; restore the directory from its backup.`, {
        cause: error,
      });
    }
  }

  collection(name: string): CollectionSpec | undefined {
    return this.#collections.get(name);
  }

  alias(alias: string): string | undefined {
    return this.#aliases.get(alias);
  }

  addCollection(spec: CollectionSpec): void {
    this.#collections.set(spec.name, spec);
    this.#save();
  }

  /** Its aliases go with it. */
  removeCollection(name: string): void {
    this.#collections.delete(name);
    for (const [alias, collection] of this.#aliases) if (collection === name) this.#aliases.delete(alias);
    this.#save();
  }

  setAlias(alias: string, collection: string): void {
    this.#aliases.set(alias, collection);
    this.#save();
  }

  #save(): void {
    const content: z.input<typeof schema> = {
      version: 1,
      collections: [...this.#collections.values()],
      aliases: [...this.#aliases].map(([alias, collection]) => ({ alias, collection })),
    };
    const temporary = join(this.#directory, `${FILE}.new`);
    writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(temporary, join(this.#directory, FILE));
    const directory = openSync(this.#directory, "r");
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }
}

/** A folder's name for any collection's name: readable, and distinct also where file names ignore case. */
export function folderName(collection: string): string {
  const readable = collection.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, 40);
  return `${readable}.${createHash("sha256").update(collection).digest("hex").slice(0, 12)}`;
}
