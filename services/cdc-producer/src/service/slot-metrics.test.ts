import type { SlotHealth } from "@freshet/schemas/service-state";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { SlotMetrics } from "./slot-metrics.js";

const health: SlotHealth = {
  ...{ walEnd: "0/100", lagBytes: 1, lagMs: 0, retainedBytes: 5, safeBytes: null, safeMs: null },
  ...{ walStatus: "reserved", spilledBytes: 0 },
};

it("says nothing before the server was asked, and 0 only of a slot that is lost", async () => {
  const registry = new Registry();
  const metrics = new SlotMetrics(registry);
  const safe = async () =>
    (await registry.metrics()).split("\n").filter((line) => /^freshet_cdc_slot_safe_/.test(line));
  expect(await safe()).toEqual([]);
  metrics.set(health);
  expect(await safe()).toEqual(["freshet_cdc_slot_safe_bytes +Inf", "freshet_cdc_slot_safe_seconds +Inf"]);
  metrics.set({ ...health, walStatus: "lost" });
  expect(await safe()).toEqual(["freshet_cdc_slot_safe_bytes 0", "freshet_cdc_slot_safe_seconds 0"]);
});
