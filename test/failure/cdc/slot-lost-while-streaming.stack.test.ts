import { startKafka } from "@freshet/local-stack/kafka";
import { expect, it, onTestFinished } from "vitest";
import type { ServiceProcess } from "../../support/service-process.js";
import { until } from "../../support/until.js";
import { changeRows, expectRepair, LOST, loseSlot, openStreaming } from "./slot-loss.js";
import { endsWith, logLines } from "./source-refusal.js";
import { PATIENCE_MS, type SourceScene } from "./source-scene.js";

const GONE = /slot ".*" is gone.*missed.*`freshet source accept`/;

/** As an operator does who takes it for one that nobody needs; its reader may be back in between. */
async function dropSlot({ client, slot }: SourceScene): Promise<void> {
  await client.query(
    `DO $$ BEGIN
       LOOP
         BEGIN
           PERFORM pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = '${slot}';
           PERFORM pg_drop_replication_slot('${slot}');
           RETURN;
         EXCEPTION WHEN object_in_use THEN
         END;
       END LOOP;
     END $$`,
  );
}

async function untilUnready({ url }: ServiceProcess): Promise<void> {
  const isUnready = async () => !(await fetch(`${url}/health/ready`)).ok;
  await until(isUnready, { what: "it isn't ready", timeoutMs: PATIENCE_MS });
}

it("ends and says what to do when its slot is dropped while it reads it", async () => {
  const { scene, producer } = await openStreaming();
  const logged = logLines(producer).length;
  await dropSlot(scene);
  await changeRows(scene);
  await endsWith(producer, GONE);
  const lines = logLines(producer).slice(logged);
  expect(lines.filter(({ msg }) => GONE.test(msg))).toHaveLength(1);
  // One for each session that broke before it was known why.
  expect(lines.length).toBeLessThan(10);
  // For `freshet status`.
  expect(await scene.state()).toMatchObject({ phase: "stopped", lastErrorCode: "slot-gone" });
  await expectRepair(scene, producer);
});

it("isn't ready when the server ends it and gives its slot up for what Kafka doesn't take, and says what to do once Kafka is back", async () => {
  const kafka = await startKafka();
  onTestFinished(() => kafka.stop());
  const { scene, producer } = await openStreaming({ brokers: kafka.brokers });
  const readers = async () => {
    const { rowCount } = await scene.client.query("SELECT FROM pg_replication_slots WHERE active");
    return rowCount;
  };
  expect(await readers()).toBe(1);
  await kafka.pause();
  onTestFinished(() => kafka.resume());
  await changeRows(scene);
  await loseSlot(scene);
  expect(await readers()).toBe(0);
  await untilUnready(producer);
  expect(producer.running).toBe(true);

  kafka.resume();
  await endsWith(producer, LOST);
  expect(await scene.state()).toMatchObject({ phase: "stopped", lastErrorCode: "slot-lost" });
  await expectRepair(scene, producer);
});
