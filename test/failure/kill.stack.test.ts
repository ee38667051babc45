import { expect, it } from "vitest";
import type { ServiceName } from "../support/service-process.js";
import { setScene } from "./scene.js";

const SERVICES = ["cdc-producer", "embedding-transformer", "vector-sink"] as const satisfies readonly ServiceName[];
const seed = Number(process.env["FRESHET_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

it("ends with the index equal to the table when each service is killed under a stream of changes", async () => {
  const scene = await setScene({ seed });
  const { pipeline, workload, random } = scene;
  workload.start();
  const services = await Promise.all(SERVICES.map(async (name) => pipeline.start(name)));
  await Promise.all(services.map(async (service) => service.ready()));

  const order = [...services, ...services]
    .map((service) => ({ service, place: random() }))
    .toSorted((a, b) => a.place - b.place);
  for (const { service } of order) {
    await scene.moreChanges(20 + Math.floor(random() * 60));
    expect(await service.end("SIGKILL")).toBeNull();
    await scene.moreChanges(Math.floor(random() * 20));
    service.start();
    await service.ready();
  }
  await scene.moreChanges(30);
  await scene.expectIndexEqualsTable();
});
