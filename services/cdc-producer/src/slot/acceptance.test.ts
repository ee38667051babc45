import { encodeSourceCommand, type AcceptCommand } from "@freshet/schemas/source-command";
import type { SourceState } from "@freshet/schemas/service-state";
import { expect, it } from "vitest";
import { acceptedState, findAcceptance, isPending } from "./acceptance.js";

const command: AcceptCommand = { kind: "accept", slot: "freshet", requestedAt: Date.now() };
const identity = { systemIdentifier: "8", timeline: 2, database: "shop", walEnd: 0x300n };
const run = {
  ...{ position: "1/300/0", lastKey: null, rows: 5, estimatedRows: null, startedAt: 1, finishedAt: 2, identity: "i" },
};
const stored: SourceState = {
  ...{ kind: "source", slot: "freshet", publication: "freshet", phase: "stopped", lastError: null, updatedAt: 1 },
  ...{ systemIdentifier: "7", timeline: 1, database: "shop", epoch: 3, confirmedLsn: "0/100" },
  ...{ snapshots: { "public.books": run }, requested: {}, polled: {}, health: null },
};

it("finds what was asked of this slot", () => {
  const commands = new Map([
    ["accept/freshet", encodeSourceCommand(command)],
    ["snapshot/freshet/1", "not looked at"],
  ]);
  expect(findAcceptance(commands, "freshet")).toEqual(command);
  expect(findAcceptance(commands, "other")).toBeNull();
  expect(() => findAcceptance(new Map([["accept/freshet", "{}"]]), "freshet")).toThrow(/accept\/freshet can't be read/);
});

it("goes on with the database as it is, and forgets what was read", () => {
  expect(acceptedState({ command, stored, others: [], identity })).toMatchObject({
    ...{ systemIdentifier: "8", timeline: 2, snapshots: {} },
  });
});

it.each([
  ["once", 0, []],
  ["also when the clock of who asked is ahead", 3_600_000, []],
  ["also above a rival's epoch", 0, [{ ...stored, epoch: 2_000_000_000_000 }]],
])("is carried out %s", (_what, ahead, others) => {
  const asked = { ...command, requestedAt: command.requestedAt + ahead };
  expect(isPending(asked, stored)).toBe(true);
  const accepted = acceptedState({ command: asked, stored, others, identity });
  expect(isPending(asked, accepted)).toBe(false);
  expect(accepted.epoch).toBeGreaterThan(Math.max(...others.map(({ epoch }) => epoch), stored.epoch));
});
