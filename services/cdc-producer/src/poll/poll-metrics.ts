import { Counter, Gauge, type Registry } from "prom-client";
import type { RoundStatistics } from "./polling-round.js";

export class PollMetrics {
  readonly #rows: Counter<"table">;
  readonly #rounds: Counter<"table">;
  readonly #seconds: Gauge<"table">;
  /** By `schema.table`: when the last complete round began, by performance.now(). */
  readonly #begun = new Map<string, number>();

  constructor(registry: Registry) {
    const labelNames = ["table"] as const;
    const registers = [registry];
    this.#rows = new Counter({
      name: "freshet_cdc_poll_rows_total",
      help: "Changed rows that rounds of polling looked at, those of the overlap again and again",
      ...{ labelNames, registers },
    });
    this.#rounds = new Counter({
      name: "freshet_cdc_poll_rounds_total",
      help: "Rounds of polling that are complete: Kafka has their events",
      ...{ labelNames, registers },
    });
    this.#seconds = new Gauge({
      name: "freshet_cdc_poll_round_seconds",
      help: "How long the last round of polling took",
      ...{ labelNames, registers },
    });
    const begun = this.#begun;
    new Gauge({
      name: "freshet_cdc_poll_lag_seconds",
      help: "Since the last complete round of polling began: no committed change that it could see waits longer",
      ...{ labelNames, registers },
      collect() {
        for (const [table, at] of begun) this.set({ table }, (performance.now() - at) / 1000);
      },
    });
  }

  /** @param begunAt by performance.now(). */
  completed(table: string, { rows }: RoundStatistics, begunAt: number): void {
    this.#begun.set(table, begunAt);
    this.#rows.inc({ table }, rows);
    this.#rounds.inc({ table });
    this.#seconds.set({ table }, (performance.now() - begunAt) / 1000);
  }

  /** Another instance polls now. */
  forget(): void {
    this.#begun.clear();
  }
}
