import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { ModelMisconfiguredError } from "../remote/errors.js";
import { HttpEndpoint } from "./http-endpoint.js";

it("takes an answer that is too large for a wrong configuration, since asking again won't help", async () => {
  const server = createServer((_, response) => response.end("x".repeat(2000)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const endpoint = new HttpEndpoint({
    ...{ url: `http://127.0.0.1:${port}/v1`, connections: 1, maxResponseBytes: 1000 },
    timeouts: { connectSeconds: 5, readSeconds: 5, totalSeconds: 5 },
  });
  onTestFinished(async () => {
    await endpoint.close();
    server.close();
  });
  const { signal } = new AbortController();
  await expect(endpoint.post({}, "{}", signal)).rejects.toThrow(ModelMisconfiguredError);
});
