import type { Embedding, EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { textHash } from "@freshet/schemas/text-hash";
import type { CachedModel } from "./cached-model.js";
import type { TextAccount } from "./text-account.js";

export interface EmbeddedText extends Embedding {
  readonly textHash: string;
}

/** What turns an index's texts into vectors, and keeps its account. */
export class TextEmbedder {
  readonly #model: CachedModel;
  readonly #account: TextAccount;
  readonly #canWait: () => boolean;

  /** @param canWait whether its texts give way to others of the same model. */
  constructor(model: CachedModel, account: TextAccount, canWait: () => boolean = () => false) {
    this.#model = model;
    this.#account = account;
    this.#canWait = canWait;
  }

  get model(): EmbeddingModel {
    return this.#model.model;
  }

  /**
   * One result for each text, in order: an error for one that will never be embedded. Equal texts, and texts that are
   * known, cost one inference or none.
   *
   * @throws {RetriableError} when the model may work later. @throws {FatalError} when it won't.
   * @throws the signal's reason.
   */
  async embed(
    texts: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<(EmbeddedText | Error)[]> {
    const { identity } = this.model;
    const prefix = this.model.prefix("document");
    const hashed = texts.map((text) => [textHash(identity, prefix, text), text] as const);
    const paid = new Set<string>();
    const results = await this.#model.embed(new Map(hashed), {
      signal,
      canWait: this.#canWait(),
      onInferred: (embeddings) => {
        for (const hash of embeddings.keys()) paid.add(hash);
        this.#account.spent([...embeddings.values()]);
      },
    });
    const embedded = hashed.map(([hash]) => toEmbedded(hash, results.get(hash)));
    const whole = embedded.filter((result): result is EmbeddedText => !(result instanceof Error));
    this.#account.refused(embedded.length - whole.length);
    // The first of equal texts is the one that was paid for.
    this.#account.saved(whole.filter(({ textHash: hash }) => !paid.delete(hash)));
    return embedded;
  }
}

function toEmbedded(hash: string, result: Embedding | Error | undefined): EmbeddedText | Error {
  if (result === undefined) throw new RangeError(`no result for the text ${hash}`);
  return result instanceof Error ? result : { textHash: hash, ...result };
}
