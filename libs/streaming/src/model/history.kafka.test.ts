import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import fc from "fast-check";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject, test } from "vitest";
import type { ProcessingGuarantee } from "../checkpoints/checkpoint.js";
import { silentLogger } from "../testing/broker.js";
import type { History } from "./history.js";
import { violations } from "./invariants.js";
import { play } from "./play.js";
import { histories } from "./random-history.js";

declare module "vitest" {
  interface ProvidedContext {
    /** How many histories are played. */
    histories: number;
  }
}

const SESSION_TIMEOUT_MS = 1500;
const TIMEOUT_MS = 150_000;
const MAX_SHOWN = 12;

const EVERY_THIRD = 3;

const cases = Array.from({ length: inject("histories") }, (_, index) => {
  const guarantee: ProcessingGuarantee = index % EVERY_THIRD === 1 ? "exactly_once" : "at_least_once";
  return { seed: Number.parseInt(randomName("history").slice(-7), 16), guarantee };
});

// One of a run's histories is played again with the run's FRESHET_TEST_SEED and `-t "history 123"`.
// Most of a history is waiting for sessions to time out, so several run beside each other.
test.concurrent.each(cases)("history $seed keeps every promise, $guarantee", { timeout: TIMEOUT_MS }, async (one) => {
  const property = fc.asyncProperty(histories, (history) => keepsPromises(history, one));
  // Edge cases of sizes would be short; and nobody wants to wait for a shorter history that fails as well.
  await fc.assert(property, { seed: one.seed, numRuns: 1, unbiased: true, endOnFailure: true });
});

async function keepsPromises(history: History, { seed, guarantee }: (typeof cases)[number]): Promise<void> {
  const name = `model_${seed}_${randomBytes(4).toString("hex")}`;
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const connection = { brokers: kafkaBrokers(), clientId: name, logger: silentLogger };
  const journal = join(folder, "journal");
  const stage = { connection, name, sessionTimeoutMs: SESSION_TIMEOUT_MS, guarantee, journal };
  const wrong = violations(history, await play(history, stage), guarantee);
  if (wrong.length > 0) throw new Error([...wrong.slice(0, MAX_SHOWN), `The members' journal: ${journal}`].join("\n"));
  rmSync(folder, { recursive: true });
}
