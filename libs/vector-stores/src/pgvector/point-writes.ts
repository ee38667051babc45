import { runInFlight } from "../in-flight.js";
import { slices } from "../slices.js";
import type { BeforeWrite } from "../vector-store.js";
import type { Database } from "./database.js";
import { writeAccepted } from "./refused-points.js";
import type { Statement } from "./write-statements.js";

const ROWS_PER_STATEMENT = 500;
export const STATEMENTS_IN_FLIGHT = 3;

export interface PointWritesOptions {
  readonly database: Database;
  readonly requestTimeoutMs: number;
  readonly beforeWrite: BeforeWrite;
}

/** What one batch writes, in statements, several at once; each is durable when it is answered. */
export class PointWrites {
  readonly #options: PointWritesOptions;

  constructor(options: PointWritesOptions) {
    this.#options = options;
  }

  /** @returns the ids that the statements answer with. @throws {InputRefusedError} with the ids that are refused. */
  async write<T extends { readonly id: string }>(
    points: readonly T[],
    statementOf: (points: readonly T[]) => Statement,
  ): Promise<ReadonlySet<string>> {
    const { database, requestTimeoutMs, beforeWrite } = this.#options;
    const answered = new Set<string>();
    const write = async (some: readonly T[]) => {
      beforeWrite(requestTimeoutMs);
      const { text, values } = statementOf(some);
      for (const { id } of await database.rows<{ id: string }>(text, values)) answered.add(id);
    };
    const parts = [...slices(points, ROWS_PER_STATEMENT)];
    await runInFlight(
      STATEMENTS_IN_FLIGHT,
      parts.map((some) => () => writeAccepted(some, write)),
    );
    return answered;
  }
}
