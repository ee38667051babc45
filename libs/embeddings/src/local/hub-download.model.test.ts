import { modelFolder, randomName } from "@freshet/local-stack/testing";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EmbeddingModel } from "../embedding-model.js";
import { openLocalModel } from "./local-model.js";

const NAME = "BAAI/bge-small-en-v1.5";
const ONNX = "onnx/model_quantized.onnx";

type Answer = (file: string, bytes: Buffer, response: ServerResponse) => void;

/** Speaks the hub's protocol: `HEAD` names the file's checksum and size before it leads on to the storage. */
async function startHub(send: Answer): Promise<{ url: string; requests: string[] }> {
  const models = await modelFolder("q8");
  const requests: string[] = [];
  const handle = async ({ method = "", url = "" }: IncomingMessage, response: ServerResponse) => {
    requests.push(`${method} ${url}`);
    const [repository, file = ""] = url.split(/\/resolve\/main\/|^\/storage\//);
    const path = join(models, NAME, file);
    if (repository !== `/${NAME}` && repository !== "") {
      response.writeHead(401).end();
    } else if (!existsSync(path)) {
      response.writeHead(404).end();
    } else if (repository === "") {
      send(file, await readFile(path), response);
    } else {
      const bytes = await readFile(path);
      const headers = file === ONNX ? largeFile(file, bytes) : smallFile(bytes);
      response
        .writeHead("Location" in headers ? 302 : 200, headers)
        .end(method === "HEAD" || file === ONNX ? undefined : bytes);
    }
  };
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the hub listens on no port");
  return { url: `http://127.0.0.1:${address.port}`, requests };
}

/** In large file storage, which is elsewhere. */
function largeFile(file: string, bytes: Buffer): OutgoingHttpHeaders {
  const etag = createHash("sha256").update(bytes).digest("hex");
  return { Location: `/storage/${file}`, "X-Linked-Etag": `"${etag}"`, "X-Linked-Size": bytes.length };
}

function smallFile(bytes: Buffer): OutgoingHttpHeaders {
  const etag = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  return { ETag: `"${etag}"`, "Content-Length": bytes.length };
}

const whole: Answer = (_, bytes, response) => response.end(bytes);

async function emptyCache(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `freshet-${randomName("cache")}-`));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function open(hubUrl: string, cacheDirectory: string, name = NAME): Promise<EmbeddingModel> {
  const model = await openLocalModel({ name, dtype: "q8", hubUrl, cacheDirectory, threads: 1 });
  await model.close();
  return model;
}

describe("a model from the hub", () => {
  it("is fetched once, and known by its checksum ever after", async () => {
    const cache = await emptyCache();
    const hub = await startHub(whole);
    const { identity } = await open(hub.url, cache);
    expect(identity.revision).toMatch(/^6c9c6101/);

    const before = hub.requests.length;
    await open(hub.url, cache);
    expect(hub.requests).toHaveLength(before);

    await truncate(join(cache, NAME, ONNX), 1_000_000);
    await expect(open(hub.url, cache)).rejects.toThrow(
      /is damaged or another one, because its sha256 is .* names 6c9c6101/,
    );
  });

  it.each<[string, Answer, RegExp]>([
    ["half of its weights", (_, bytes, response) => response.end(bytes.subarray(0, 1e6)), /sent 1000000 bytes of \d+/],
    [
      "a connection that breaks",
      (_, bytes, response) => {
        response.writeHead(200, { "Content-Length": bytes.length });
        response.write(bytes.subarray(0, 1e6), () => response.destroy());
      },
      /onnx\/model_quantized\.onnx: .*(closed|terminated|reset)/,
    ],
    [
      "other bytes",
      (_, bytes, response) => response.end(Buffer.from(bytes).fill(7, 5000, 5001)),
      /hasn't the checksum that the hub names/,
    ],
  ])("never comes of %s", async (_, send, message) => {
    const cache = await emptyCache();
    const hub = await startHub(send);
    await expect(open(hub.url, cache)).rejects.toThrow(message);
    expect(existsSync(join(cache, NAME, ONNX))).toBe(false);
  });

  it("is missed with a sentence", async () => {
    const hub = await startHub(whole);
    await expect(open(hub.url, await emptyCache(), "nobody/nothing")).rejects.toThrow(
      /^The model nobody\/nothing could not be downloaded \(nobody\/nothing\/[\w.]+: Unauthorized/,
    );
  });
});
