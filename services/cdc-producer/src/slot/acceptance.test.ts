import { encodeSourceCommand, type AcceptCommand } from "@freshet/schemas/source-command";
import type { SourceState } from "@freshet/schemas/service-state";
import { expect, it } from "vitest";
import { acceptedState, findAcceptance, isPending } from "./acceptance.js";

const command: AcceptCommand = { kind: "accept", slot: "freshet", epoch: 3, requestedAt: Date.now() };
const identity = { systemIdentifier: "8", timeline: 2, database: "shop", walEnd: 0x300n };
const run = {
  ...{ position: "1/300/0", lastKey: null, rows: 5, estimatedRows: null, startedAt: 1, finishedAt: 2, identity: "i" },
};
const stored: SourceState = {
  ...{
    kind: "source",
    slot: "freshet",
    publication: "freshet",
    phase: "stopped",
    lastError: null,
    lastErrorCode: null,
    updatedAt: 1,
  },
  ...{ systemIdentifier: "7", timeline: 1, database: "shop", epoch: 3, confirmedLsn: "0/100", lastCommit: null },
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
  expect(acceptedState({ stored, others: [], identity })).toMatchObject({
    ...{ systemIdentifier: "8", timeline: 2, snapshots: {} },
  });
});

it.each([
  ["once", []],
  ["also above a rival's epoch", [{ ...stored, epoch: 2_000_000_000_000 }]],
])("is carried out %s", (_what, others) => {
  expect(isPending(command, stored)).toBe(true);
  const accepted = acceptedState({ stored, others, identity });
  expect(isPending(command, accepted)).toBe(false);
  expect(accepted.epoch).toBeGreaterThan(Math.max(...others.map(({ epoch }) => epoch), stored.epoch));
});
