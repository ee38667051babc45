import { sinkGroup, transformerGroup } from "@freshet/schemas/consumer-groups";
import { expect, it } from "vitest";
import { withTopicAdmin } from "../support/quiescence.js";
import { until } from "../support/until.js";
import { SESSION_TIMEOUT_MS, setScene, type Scene } from "./scene.js";

const seed = Number(process.env["FRESHET_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

async function membersBecome(scene: Scene, group: string, members: number): Promise<void> {
  await withTopicAdmin(scene.brokers, async (admin) =>
    until(
      async () => {
        const progress = await admin.groupProgress(group, []);
        return progress.members === members && ["Stable", "Empty"].includes(progress.state);
      },
      { what: `${group} has ${members} members`, timeoutMs: 10 * SESSION_TIMEOUT_MS },
    ),
  );
}

it("ends with the index equal to the table when a transformer sleeps past its session while another works on", async () => {
  const scene = await setScene({ seed });
  const { pipeline, workload } = scene;
  workload.start();
  const producer = await pipeline.start("cdc-producer");
  const sleeper = await pipeline.start("embedding-transformer");
  const sink = await pipeline.start("vector-sink");
  await Promise.all([producer.ready(), sleeper.ready(), sink.ready()]);
  await scene.moreChanges(50);

  sleeper.signal("SIGSTOP");
  const other = await pipeline.start("embedding-transformer");
  await other.ready();
  await membersBecome(scene, transformerGroup(scene.name), 1);
  await scene.moreChanges(50);
  sleeper.signal("SIGCONT");
  await membersBecome(scene, transformerGroup(scene.name), 2);
  await scene.moreChanges(50);
  await scene.expectIndexEqualsTable();
});

it("ends with the index equal to the table when the sink sleeps past its session", async () => {
  const scene = await setScene({ seed });
  const { pipeline, workload } = scene;
  workload.start();
  const services = await Promise.all(
    (["cdc-producer", "embedding-transformer", "vector-sink"] as const).map(async (name) => pipeline.start(name)),
  );
  await Promise.all(services.map(async (service) => service.ready()));
  await scene.moreChanges(50);

  const sink = services[2];
  sink?.signal("SIGSTOP");
  await membersBecome(scene, sinkGroup("main", scene.name), 0);
  await scene.moreChanges(50);
  sink?.signal("SIGCONT");
  await membersBecome(scene, sinkGroup("main", scene.name), 1);
  await scene.moreChanges(50);
  await scene.expectIndexEqualsTable();
});

it("hands the slot to the standby when the producer sleeps, and the sleeper doesn't write when it wakes", async () => {
  const scene = await setScene({ seed });
  const { pipeline, workload, client } = scene;
  workload.start();
  const sleeper = await pipeline.start("cdc-producer");
  const consumers = await Promise.all(
    (["embedding-transformer", "vector-sink"] as const).map(async (name) => pipeline.start(name)),
  );
  await Promise.all([sleeper.ready(), ...consumers.map(async (service) => service.ready())]);
  await pipeline.start("cdc-producer");
  await scene.moreChanges(50);

  const holder = async () => {
    const { rows } = await client.query<{ pid: number | null }>(
      "SELECT active_pid AS pid FROM pg_replication_slots WHERE slot_name = $1",
      [scene.name],
    );
    return rows[0]?.pid ?? null;
  };
  const before = await holder();
  expect(before).not.toBeNull();
  sleeper.signal("SIGSTOP");
  // The server takes the lease from a holder that says nothing for half a minute.
  await until(
    async () => {
      const pid = await holder();
      return pid !== null && pid !== before;
    },
    { what: "the standby reads the slot", timeoutMs: 60_000 },
  );
  await scene.moreChanges(50);
  sleeper.signal("SIGCONT");
  await scene.moreChanges(50);
  await scene.expectIndexEqualsTable();
});
