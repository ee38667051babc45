import type { SlotHealth } from "@freshet/schemas/service-state";
import { Counter, Gauge, type Registry } from "prom-client";
import { SlotMetrics } from "./slot-metrics.js";

export class CdcMetrics {
  readonly events: Counter<"table" | "op">;
  readonly snapshotRows: Counter<"table">;
  readonly reconnects: Counter;
  readonly #slot: SlotMetrics;
  readonly #confirmedLsn: Gauge;
  readonly #walLag: Gauge;
  #confirmed = 0n;
  #walEnd = 0n;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#slot = new SlotMetrics(registry);
    this.events = new Counter({
      name: "freshet_cdc_events_total",
      help: "Changes handed to Kafka, by table and operation (c, u, d, t, r)",
      labelNames: ["table", "op"],
      registers,
    });
    this.snapshotRows = new Counter({
      name: "freshet_cdc_snapshot_rows_total",
      help: "Rows read by snapshots",
      labelNames: ["table"],
      registers,
    });
    this.reconnects = new Counter({
      name: "freshet_cdc_reconnects_total",
      help: "How often reading the source failed and was begun again",
      registers,
    });
    this.#confirmedLsn = new Gauge({
      name: "freshet_cdc_confirmed_lsn_bytes",
      help: "The WAL position confirmed to Postgres",
      registers,
    });
    this.#walLag = new Gauge({
      name: "freshet_cdc_wal_lag_bytes",
      help: "From the confirmed position to the end of the server's WAL",
      registers,
    });
  }

  confirmed(lsn: bigint): void {
    this.#confirmed = lsn;
    this.#confirmedLsn.set(Number(lsn));
    this.#setLag();
  }

  walEnd(lsn: bigint): void {
    this.#walEnd = lsn;
    this.#setLag();
  }

  health(health: SlotHealth): void {
    this.#slot.set(health);
  }

  #setLag(): void {
    const lag = this.#walEnd - this.#confirmed;
    this.#walLag.set(lag > 0n ? Number(lag) : 0);
  }
}
