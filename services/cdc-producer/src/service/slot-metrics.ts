import type { SlotHealth } from "@freshet/schemas/service-state";
import { Gauge, type Registry } from "prom-client";

/** Gauges that say what the server says of the slot, each time that it is asked, and nothing before that. */
export class SlotMetrics {
  readonly #gauges: readonly (readonly [Gauge, (health: SlotHealth) => number])[];

  constructor(registry: Registry) {
    const gauge = (name: string, help: string, read: (health: SlotHealth) => number) => {
      const made = new Gauge({ name, help, registers: [registry] });
      // It would be 0, which means something.
      made.remove();
      return [made, read] as const;
    };
    this.#gauges = [
      gauge(
        "freshet_cdc_slot_lag_seconds",
        "How long the oldest change that isn't confirmed to Postgres has waited, about",
        ({ lagMs }) => lagMs / 1000,
      ),
      gauge(
        "freshet_cdc_slot_retained_bytes",
        "WAL that the server keeps for the slot",
        ({ retainedBytes }) => retainedBytes,
      ),
      gauge(
        "freshet_cdc_slot_safe_bytes",
        "WAL that may still be written before the slot is lost; 0 once it is, +Inf without a limit",
        ({ walStatus, safeBytes }) => (walStatus === "lost" ? 0 : (safeBytes ?? Infinity)),
      ),
      gauge(
        "freshet_cdc_slot_safe_seconds",
        "Time until the slot is lost if it isn't read, at the rate of the last minutes; 0 once it is, +Inf without a limit",
        ({ walStatus, safeMs }) => (walStatus === "lost" ? 0 : (safeMs ?? Infinity) / 1000),
      ),
      gauge(
        "freshet_cdc_slot_spilled_bytes",
        "Bytes of large transactions that decoding wrote to disk, since the slot's statistics began",
        ({ spilledBytes }) => spilledBytes,
      ),
    ];
  }

  set(health: SlotHealth): void {
    for (const [gauge, read] of this.#gauges) gauge.set(read(health));
  }
}
