import { setTimeout as delay } from "node:timers/promises";
import { ModelUnavailableError, type EmbeddingModel } from "@freshet/embeddings/embedding-model";
import type { ModelConfiguration } from "@freshet/process/model-configuration";
import { stringifyJson } from "@freshet/schemas/lossless-json";

/** How long a search waits for a model that isn't open yet. */
const PATIENCE_MS = 10_000;
const OPEN_AGAIN_MS = 30_000;

export type OpenModel = (settings: ModelConfiguration, waiting: OpenWaiting) => Promise<EmbeddingModel>;
interface OpenWaiting {
  readonly signal: AbortSignal;
  /** Called with what is wrong, before each wait. */
  readonly onWaiting: (reason: string) => void;
}

interface Pooled {
  readonly opened: Promise<EmbeddingModel>;
  readonly stop: AbortController;
  /** Why it isn't open. */
  reason: string;
  /** When its opening failed for good, ms since the Unix epoch. */
  failedAt: number | undefined;
  /** Searches under way. */
  users: number;
}

/** Models by their settings: each is opened once, and closed when it isn't needed any more. */
export class ModelPool {
  readonly #open: OpenModel;
  readonly #onTrouble: (reason: string) => void;
  readonly #models = new Map<string, Pooled>();

  constructor({ open, onTrouble }: { readonly open: OpenModel; readonly onTrouble: (reason: string) => void }) {
    this.#open = open;
    this.#onTrouble = onTrouble;
  }

  /** Begins to open those that aren't; closes all others that no search uses just now. */
  keep(needed: readonly ModelConfiguration[]): void {
    const wanted = new Map(needed.map((settings) => [stringifyJson(settings), settings]));
    for (const [key, pooled] of this.#models) {
      const isOld = pooled.failedAt !== undefined && Date.now() - pooled.failedAt > OPEN_AGAIN_MS;
      if (pooled.users === 0 && (isOld || !wanted.has(key))) void this.#remove(key, pooled);
    }
    for (const settings of wanted.values()) this.#pooled(settings);
  }

  /** Resolves when it is open. @throws one sentence, when it can't be. */
  async ready(settings: ModelConfiguration): Promise<void> {
    await this.#pooled(settings).opened;
  }

  /** @throws {ModelUnavailableError} when it isn't open in time. @throws what the work throws. */
  async use<T>(settings: ModelConfiguration, work: (model: EmbeddingModel) => Promise<T>): Promise<T> {
    const pooled = this.#pooled(settings);
    pooled.users += 1;
    try {
      const model = await inTime(pooled.opened).catch((cause: unknown) => {
        throw new ModelUnavailableError(`The model ${settings.name} can't be opened: ${reasonOf(cause)}`, { cause });
      });
      if (model) return await work(model);
      throw new ModelUnavailableError(`The model ${settings.name} isn't open yet: ${pooled.reason}`);
    } finally {
      pooled.users -= 1;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#models].map(([key, pooled]) => this.#remove(key, pooled)));
  }

  #pooled(settings: ModelConfiguration): Pooled {
    const key = stringifyJson(settings);
    const known = this.#models.get(key);
    if (known) return known;
    const stop = new AbortController();
    const onWaiting = (reason: string) => {
      pooled.reason = reason;
      this.#onTrouble(reason);
    };
    const opened = this.#open(settings, { signal: stop.signal, onWaiting });
    const pooled: Pooled = { opened, stop, reason: "it is being loaded.", failedAt: undefined, users: 0 };
    opened.catch((error: unknown) => {
      if (stop.signal.aborted) return;
      pooled.failedAt = Date.now();
      this.#onTrouble(reasonOf(error));
    });
    this.#models.set(key, pooled);
    return pooled;
  }

  async #remove(key: string, { opened, stop }: Pooled): Promise<void> {
    this.#models.delete(key);
    stop.abort();
    const model = await opened.catch(() => undefined);
    await model?.close().catch((error: unknown) => this.#onTrouble(reasonOf(error)));
  }
}

/** Undefined when it takes longer; it goes on then. */
async function inTime(opened: Promise<EmbeddingModel>): Promise<EmbeddingModel | undefined> {
  const late = new AbortController();
  try {
    return await Promise.race([opened, delay(PATIENCE_MS, undefined, { signal: late.signal })]);
  } finally {
    late.abort();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
