import { expect, it } from "vitest";
import { newSlot, TestInstallation } from "../testing/freshet-command.js";

const tables = ["public.books"];

it("ends with 2, not with what means different, when it can't begin", async () => {
  const installation = new TestInstallation({ slot: newSlot(), tables });
  const words = installation.freshet("verify", "--timeout", "soon");
  const index = installation.freshet("verify", "no-such-index");
  const broken = new TestInstallation({ slot: newSlot(), tables, source: { mode: "sideways" } });
  const configuration = broken.freshet("verify");
  expect(await words.exit(), words.stderr).toBe(2);
  expect(await index.exit(), index.stderr).toBe(2);
  expect(index.stderr).toMatch(/^There is no index no-such-index; the configuration has .+\.\n$/);
  expect(await configuration.exit(), configuration.stderr).toBe(2);
  expect(await installation.freshet("verify", "--help").exit()).toBe(0);
});
