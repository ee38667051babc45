import { createDatabase, randomName } from "@freshet/local-stack/testing";
import { Session } from "@freshet/postgres/session";
import { expect, it, onTestFinished } from "vitest";
import { silentLogger } from "../testing/silent-logger.js";
import { warnOfUnreadSlot } from "./polled-server.js";

it("tells of a slot that nothing reads any more, with the SQL that drops it", async () => {
  const { url } = await createDatabase();
  const session = await Session.open({ connectionString: url, applicationName: "freshet-test" });
  onTestFinished(() => session.close());
  const slot = randomName("slot");
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_details: unknown, text?: string) => void warnings.push(text ?? "") };
  await warnOfUnreadSlot(session, slot, logger);
  expect(warnings).toEqual([]);
  await session.rows(`SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
  await warnOfUnreadSlot(session, slot, logger);
  const [sql] = /SELECT pg_drop_replication_slot\(.*\)/.exec(warnings.join()) ?? [""];
  await session.rows(sql);
  await warnOfUnreadSlot(session, slot, logger);
  expect(warnings).toHaveLength(1);
});
