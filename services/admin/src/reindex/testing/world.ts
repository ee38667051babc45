import type { GenerationsState } from "@freshet/schemas/index-generations";
import { nextStep, type Seen, type Step, type StoreSeen } from "../next-step.js";

interface Store {
  readonly collections: Map<number, string>;
  alias: string | null;
}

/** The record and what services make of it, a little at each tick. A model for what `nextStep` is to steer. */
export class World {
  readonly stores = new Map<string, Store>();
  /** Of the generations, how many records are still to be read; none once they are up to date. */
  readonly behind = new Map<number, number>();
  record: GenerationsState;
  /** Every record that there was. */
  readonly history: GenerationsState[] = [];
  #clock = 10_000;

  constructor(record: GenerationsState) {
    this.record = record;
    for (const name of ["main", "other"]) {
      const collections = new Map(record.generations.map(({ number }) => [number, `books_${number}`]));
      this.stores.set(name, { collections, alias: `books_${record.serving}` });
    }
  }

  /** As services reconcile with the record: one thing of each store. */
  tick(): void {
    const { generations, serving } = this.record;
    for (const { number, dropping } of generations) {
      const left = this.behind.get(number) ?? 2;
      if (!dropping) this.behind.set(number, Math.max(0, left - 1));
    }
    for (const store of this.stores.values()) {
      const wanted = generations.find(({ number, dropping }) => !dropping && !store.collections.has(number));
      const unwanted = generations.find(({ number, dropping }) => dropping && store.collections.has(number));
      if (wanted) store.collections.set(wanted.number, `books_${wanted.number}`);
      else if (store.collections.has(serving) && store.alias !== `books_${serving}`) store.alias = `books_${serving}`;
      else if (unwanted && store.alias !== store.collections.get(unwanted.number)) {
        store.collections.delete(unwanted.number);
      }
    }
  }

  see(verified: boolean): Seen {
    const stores = [...this.stores].map(([store, { collections, alias }]): StoreSeen => ({
      ...{ store, alias, collections: new Map(collections) },
    }));
    const left = this.behind.get(this.record.reindex?.generation ?? 0) ?? 2;
    const behind = left === 0 ? [] : [{ who: "the transformer", says: `${left} behind`, mark: String(left) }];
    return { stores, behind, verified, now: (this.#clock += 1_000) };
  }

  /** Compare and write. @returns whether the record was still that one. */
  change(from: GenerationsState, to: GenerationsState): boolean {
    if (this.record !== from) return false;
    this.history.push(to);
    this.record = to;
    return true;
  }
}

/** A command as it runs: what it knows beside the record is lost with it. */
export class Runner {
  readonly #world: World;
  #verified = 0;
  /** Decided and not yet done, as of a command that the scheduler has put aside. */
  #pending: { readonly from: GenerationsState; readonly step: Step } | null = null;
  done = false;

  constructor(world: World) {
    this.#world = world;
  }

  decide(): void {
    const from = this.#world.record;
    const verified = from.reindex !== null && this.#verified === from.reindex.generation;
    this.#pending = { from, step: nextStep(from, this.#world.see(verified)) };
  }

  /** @returns whether it wrote. */
  act(): boolean {
    const pending = this.#pending;
    this.#pending = null;
    if (pending === null) return false;
    const { from, step } = pending;
    switch (step.kind) {
      case "done":
        this.done = true;
        return false;
      case "wait":
        return false;
      case "verify":
        this.#verified = step.generation;
        return false;
      case "remove":
      case "write":
        return this.#world.change(from, step.state);
      default:
        return step satisfies never;
    }
  }
}
