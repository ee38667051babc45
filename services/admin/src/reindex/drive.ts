import type { GenerationsState } from "@freshet/schemas/index-generations";
import { delay } from "@freshet/streaming/back-off";
import { FatalError, RetriableError } from "@freshet/streaming/errors";
import { formatDuration } from "../rendering/measures.js";
import type { VerifyContext } from "../verify/comparison.js";
import type { IndexWatch } from "./index-watch.js";
import { Laps } from "./laps.js";
import { nextStep, type Step, type StoreAway, type StoreSeen } from "./next-step.js";
import { ProgressDisplay } from "./progress-display.js";
import type { PassageProgress } from "./reading-progress.js";
import { removeLeftOver } from "./removal.js";
import { isPassing, verifyGeneration } from "./verify-generation.js";
import { Patience, type Waiting } from "./waiting.js";

const LOOK_MS = 500;

export interface DriveOptions {
  readonly watch: IndexWatch;
  readonly verify: boolean;
  /** How long one may not come further. */
  readonly timeoutSeconds: number;
}

/** Does one step after the other until the record has nothing left to be done. It can be begun anew at any time. */
export class Drive {
  readonly #context: VerifyContext;
  readonly #options: DriveOptions;
  readonly #display: ProgressDisplay;
  readonly #patience: Patience;
  /** Of the generation that is being filled. */
  #laps = { generation: 0, laps: new Laps() };
  /** The generation that was compared with its table. */
  #verified = 0;

  constructor(context: VerifyContext, options: DriveOptions) {
    this.#context = context;
    this.#options = options;
    this.#display = new ProgressDisplay(context.terminal);
    this.#patience = new Patience(options.timeoutSeconds * 1000);
  }

  /**
   * @returns what is recorded then. @throws {FatalError} when somebody doesn't come further in time, or the generation
   * differs from its table. @throws the signal's reason.
   */
  async run(): Promise<GenerationsState> {
    const { signal } = this.#context;
    try {
      for (;;) {
        signal.throwIfAborted();
        const state = this.#options.watch.state();
        if (state === undefined) throw new FatalError(`The record of the index ${this.#options.watch.index} is gone.`);
        const isUnderWay = state.reindex !== null || state.generations.some(({ dropping }) => dropping);
        if (!isUnderWay || (await this.#advance(state).catch(this.#orLater))) return state;
      }
    } finally {
      this.#display.clear();
    }
  }

  /** @returns whether nothing is left to be done. */
  async #advance(state: GenerationsState): Promise<boolean> {
    const now = Date.now();
    const { stores, behind, progress } = await this.#look(state, now);
    const verified = state.reindex !== null && this.#isVerified(state.reindex.generation);
    const step = nextStep(state, { stores, behind, verified, now });
    switch (step.kind) {
      case "done":
        return true;
      case "wait":
        await this.#wait(step.for, progress, now);
        return false;
      case "verify":
        await this.#verify(step.generation, stores);
        return false;
      case "remove":
        await this.#remove(state, step);
        return false;
      case "write":
        await this.#write(state, step.state);
        return false;
      default:
        return step satisfies never;
    }
  }

  /** Decided anew, as what failed may have been done all the same, or by another command. */
  readonly #orLater = async (error: unknown): Promise<false> => {
    if (!(error instanceof RetriableError)) throw error;
    await this.#wait([{ who: "Kafka", says: error.message.replace(/\.$/, ""), mark: "" }], null, Date.now());
    return false;
  };

  async #look(state: GenerationsState, now: number): Promise<Look> {
    const { watch } = this.#options;
    const stores = await watch.lookAtStores();
    const generation = state.reindex?.step === "filling" ? watch.generation(state.reindex.generation) : undefined;
    if (generation === undefined) return { stores, behind: [], progress: null };
    if (this.#laps.generation !== generation.number) this.#laps = { generation: generation.number, laps: new Laps() };
    const progress = await watch.progressOf(generation);
    return { stores, behind: this.#laps.laps.observe(progress, now), progress };
  }

  #isVerified(generation: number): boolean {
    return this.#verified === generation || !this.#options.verify;
  }

  async #verify(number: number, stores: readonly (StoreSeen | StoreAway)[]): Promise<void> {
    const generation = this.#options.watch.generation(number);
    if (generation === undefined) return;
    const collections = new Map<string, string>();
    for (const seen of stores) {
      const collection = "trouble" in seen ? undefined : seen.collections.get(number);
      if (collection !== undefined) collections.set(seen.store, collection);
      else
        return this.#wait([{ who: `store ${seen.store}`, says: troubleOf(seen, number), mark: "" }], null, Date.now());
    }
    this.#display.clear();
    try {
      await verifyGeneration(this.#context, { ...this.#options, generation, collections });
      this.#verified = number;
    } catch (error) {
      if (!isPassing(error)) throw error;
      const says = `it can't be compared (${error.message.replace(/\.$/, "")})`;
      await this.#wait([{ who: "comparison", says, mark: "" }], null, Date.now());
    }
  }

  async #remove(state: GenerationsState, { generations, state: left }: Step & { kind: "remove" }): Promise<void> {
    const { watch } = this.#options;
    const { connection, signal } = this.#context;
    const parts = { connection, signal, admin: watch.admin, state, dropped: generations, stores: watch.storeNames };
    const waits = await removeLeftOver(parts);
    if (waits.length > 0) await this.#wait(waits, null, Date.now());
    else await this.#write(state, left);
  }

  /** Whoever else changed the record meanwhile is heard: it is decided anew by what it says now. */
  async #write(from: GenerationsState, to: GenerationsState): Promise<void> {
    this.#display.clear();
    if (await this.#options.watch.change(from, to)) this.#tell(from, to);
  }

  #tell(from: GenerationsState, { reindex, generations }: GenerationsState): void {
    const { terminal } = this.#context;
    const before = from.reindex;
    if (before !== null && reindex?.step === "verifying") {
      terminal.report(`Generation ${reindex.generation} has every row.`);
    } else if (before !== null && reindex?.step === "switching") {
      terminal.report(`Searches are being switched to generation ${reindex.generation}.`);
    }
    const gone = from.generations.filter(({ number }) => !generations.some((one) => one.number === number));
    for (const { number } of gone) terminal.report(`Generation ${number} is gone.`);
  }

  async #wait(waits: readonly Waiting[], progress: PassageProgress | null, now: number): Promise<void> {
    const { timeoutSeconds, watch } = this.#options;
    const stuck = this.#patience.observe(waits, now);
    if (stuck.length > 0) {
      const says = stuck.map((one) => one.says).join("; ");
      const back = watch.state()?.reindex ? ", and --rollback takes it back" : "";
      throw new FatalError(
        `For ${formatDuration(timeoutSeconds * 1000)} nothing moved: ${says}. Nothing is lost: freshet reindex ${watch.index} ` +
          `goes on from here once that is mended (freshet status shows who runs)${back}.`,
      );
    }
    this.#display.show(waits, progress, now);
    await delay(LOOK_MS, this.#context.signal);
  }
}

interface Look {
  readonly stores: readonly (StoreSeen | StoreAway)[];
  readonly behind: readonly Waiting[];
  readonly progress: PassageProgress | null;
}

function troubleOf(seen: StoreSeen | StoreAway, generation: number): string {
  return "trouble" in seen
    ? `the store ${seen.store} can't be looked at (${seen.trouble})`
    : `the store ${seen.store} has lost the collection of generation ${generation}`;
}
