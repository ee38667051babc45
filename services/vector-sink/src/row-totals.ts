import { addTableRows, type RowResult, type TableRows } from "@freshet/schemas/row-counts";
import {
  decodeState,
  encodeState,
  stateKey,
  type ServiceState,
  type StoredState,
} from "@freshet/schemas/service-state";

type Place = Pick<StoredState, "store" | "index" | "generation" | "partition">;

interface Pending {
  readonly place: Place;
  readonly tables: TableRows;
}

/**
 * What became of each partition's rows since the beginning. The state topic has the totals, and whoever has the
 * partition adds to them; what a process counted and didn't publish before it was killed is left out.
 */
export class RowTotals {
  readonly #topic: ReadonlyMap<string, string>;
  /** Counted and not yet published. */
  readonly #pending = new Map<string, Pending>();
  /** What was published last, and what the topic said then. */
  readonly #published = new Map<string, { readonly text: string; readonly over: string | undefined }>();

  /** @param topic the state topic's entries, as they come. */
  constructor(topic: ReadonlyMap<string, string>) {
    this.#topic = topic;
  }

  add(place: Place, tables: TableRows): void {
    const key = stateKey(toState(place, {}));
    const known = this.#pending.get(key)?.tables ?? {};
    this.#pending.set(key, { place, tables: addTableRows(known, tables) });
  }

  /** What is to be published. */
  take(): StoredState[] {
    const states = [...this.#pending].map(([key, { place, tables }]) => {
      const seen = this.#topic.get(key);
      const published = this.#published.get(key);
      // Our own may still be on its way.
      const base = published !== undefined && published.over === seen ? published.text : seen;
      const state = toState(place, addTableRows(storedIn(base), tables));
      this.#published.set(key, { text: encodeState(state), over: seen });
      return state;
    });
    this.#pending.clear();
    return states;
  }

  /** Whether a generation's store ever had a row, as far as is published. */
  hasStored(place: Omit<Place, "partition">): boolean {
    const prefix = stateKey(toState({ ...place, partition: 0 }, {})).slice(0, -1);
    return [...this.#topic].some(
      ([key, text]) =>
        key.startsWith(prefix) &&
        Object.values(storedIn(text)).some((counts) => OF_STORED.some((result) => counts[result] > 0)),
    );
  }
}

/** What becomes of a row only where it is stored, or was. */
const OF_STORED = ["created", "updated", "payloadOnly", "deleted", "stale"] as const satisfies RowResult[];

function toState(place: Place, tables: TableRows): StoredState {
  return { kind: "stored", ...place, tables, updatedAt: Date.now() };
}

/** Nothing of what can't be read: it may be of a newer version, and these only inform. */
function storedIn(text: string | undefined): TableRows {
  const state = text === undefined ? undefined : readState(text);
  return state?.kind === "stored" ? state.tables : {};
}

function readState(text: string): ServiceState | undefined {
  try {
    return decodeState(text);
  } catch {
    return undefined;
  }
}
