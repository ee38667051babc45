import { isVisible } from "../replication/visibility.js";

/** What one snapshot of the database sees. */
export class Sight {
  readonly #snapshot: string;
  /** Changes of one transaction come together: the last answer serves most of them. */
  #lastXid = -1;
  #lastSeen = false;

  /** @param snapshot as pg_current_snapshot() prints it. */
  constructor(snapshot: string) {
    this.#snapshot = snapshot;
  }

  sees(xid: number): boolean {
    if (xid !== this.#lastXid) {
      this.#lastSeen = isVisible(xid, this.#snapshot);
      this.#lastXid = xid;
    }
    return this.#lastSeen;
  }
}
