import type { SlotHealth } from "@freshet/schemas/service-state";
import { Gauge, type Registry } from "prom-client";

/** What the server says of the slot, each time that it is asked. */
export class SlotMetrics {
  readonly #gauges: readonly (readonly [Gauge, (health: SlotHealth) => number])[];

  constructor(registry: Registry) {
    const gauge = (name: string, help: string, read: (health: SlotHealth) => number) =>
      [new Gauge({ name, help, registers: [registry] }), read] as const;
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
        "WAL that may still be written before the slot is lost; +Inf without a limit",
        ({ safeBytes }) => safeBytes ?? Infinity,
      ),
      gauge(
        "freshet_cdc_slot_safe_seconds",
        "Time until the slot is lost if it isn't read, at the rate of the last minutes; +Inf without a limit",
        ({ safeMs }) => (safeMs ?? Infinity) / 1000,
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
