import { status } from "@grpc/grpc-js";
import { modelFolder } from "@freshet/local-stack/testing";
import { once } from "node:events";
import { connect as connectTo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { setTimeout } from "node:timers/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { embeddingModelContract } from "../contract/embedding-model-contract.js";
import { remoteModelContract } from "../contract/remote-model-contract.js";
import { type EmbeddingModel, ModelUnavailableError, TextsRefusedError } from "../embedding-model.js";
import { openLocalModel } from "../local/local-model.js";
import { ModelMisconfiguredError } from "../remote/errors.js";
import type { Patience } from "../remote/request-policy.js";
import { Faults } from "../testing/faults.js";
import { misbehaviour } from "../testing/tei-server/misbehaviour.js";
import { StatusError } from "../testing/tei-server/status-error.js";
import { TeiServer, type TeiServerOptions } from "../testing/tei-server/tei-server.js";
import type { TeiModelOptions } from "./options.js";
import { exchange } from "./exchange.js";
import { TeiClient } from "./tei-client.js";
import { openTeiModel } from "./tei-model.js";
import { TextWindow } from "./text-window.js";

const NAME = "BAAI/bge-small-en-v1.5";
const TEXTS = Array.from({ length: 30 }, (_, i) => `The number of this text is ${i}.`);

const SETTINGS = {
  ...{ name: NAME, apiKeyVariable: "TEI_KEY", window: 8, timeoutSeconds: 10 },
  ...{ queryPrefix: "Represent this sentence for searching relevant passages: ", documentPrefix: "" },
};

/** Does the servers' work. */
let local: EmbeddingModel;
beforeAll(async () => {
  local = await openLocalModel({
    ...{ name: NAME, dtype: "q8", directory: await modelFolder("q8"), cacheDirectory: join(tmpdir(), "unused") },
    ...{ queryPrefix: "", documentPrefix: "", threads: 1 },
  });
});
afterAll(() => local.close());

async function serve(options: Partial<TeiServerOptions> = {}): Promise<TeiServer> {
  const server = await TeiServer.start({ model: local, ...options });
  onTestFinished(() => server.kill());
  return server;
}

function open(
  server: TeiServer,
  options: Partial<TeiModelOptions> = {},
  patience: Patience = { retries: 6, firstDelayMs: 100, longestDelayMs: 500 },
): Promise<EmbeddingModel> {
  return openTeiModel({ ...SETTINGS, url: server.url, ...options }, patience);
}

async function connect(server: TeiServer, options: Partial<TeiModelOptions> = {}): Promise<EmbeddingModel> {
  const model = await open(server, options);
  onTestFinished(() => model.close());
  // What it asked for to learn the dimensions.
  server.received.length = 0;
  return model;
}

/** How often each of the texts was asked for. */
function counts(...servers: TeiServer[]): number[] {
  const received = servers.flatMap((server) => server.received);
  return TEXTS.map((text) => received.filter((one) => one === text).length);
}

/** Of the contracts, whose models are open for several tests. */
const servers: TeiServer[] = [];
afterAll(() => servers.forEach((server) => server.kill()));

async function serveContract(options: Partial<TeiServerOptions> = {}): Promise<TeiServer> {
  const server = await TeiServer.start({ model: local, ...options });
  servers.push(server);
  return server;
}

embeddingModelContract({
  name: "tei",
  open: async () => open(await serveContract()),
  dimensions: 384,
  sameTextCosine: 0.99,
});

remoteModelContract({
  name: "tei",
  open: async () => {
    const apiKey = "a key that nobody may see";
    const faults = new Faults();
    const reset = () => server.reset();
    const server: TeiServer = await serveContract({
      apiKey,
      behaviour: misbehaviour({ faults, textsPerRequest: 4, reset }),
    });
    const model = await open(
      server,
      { window: 4, timeoutSeconds: 2, apiKey: () => apiKey },
      { firstDelayMs: 10, longestDelayMs: 100, failuresToOpen: 8, openMs: 1_000 },
    );
    return { model, faults, apiKey, close: () => model.close() };
  },
  sameTextCosine: 0.99,
  impossible: ["other-order", "too-large"],
});

describe("openTeiModel", () => {
  it("takes the model's identity from the server", async () => {
    const model = await connect(await serve());
    expect(model.identity).toEqual(local.identity);
    expect(model.maxTokens).toBe(512);
  });

  it("refuses another model, one without vectors, and a wrong key", async () => {
    const other = await serve({ info: { modelId: "intfloat/e5-small" } });
    await expect(connect(other)).rejects.toThrow(
      /has the model intfloat\/e5-small, and BAAI\/bge-small-en-v1.5 is conf/,
    );
    const older = await serve({ info: { modelSha: "v1" } });
    await expect(connect(older, { revision: "v2" })).rejects.toThrow(/revision v1, and v2 is configured/);
    const reranker = await serve({ info: { modelType: "MODEL_TYPE_RERANKER" } });
    await expect(connect(reranker)).rejects.toThrow(ModelMisconfiguredError);
    const locked = await serve({ apiKey: "secret" });
    await expect(connect(locked, { apiKey: () => "guess" })).rejects.toThrow(
      /refuses the API key .* one in TEI_KEY or/,
    );
    await expect(connect(locked, { apiKey: () => "sec\nret" })).rejects.toThrow(/^The API key for .* has characters/);
    expect((await connect(locked, { apiKey: () => "secret" })).identity.name).toBe(NAME);
  });
});

describe("embed", () => {
  it("has no more texts with the server than the window allows, over all calls", async () => {
    const server = await serve({ behaviour: slowly });
    const model = await connect(server, { window: 5 });
    await Promise.all([model.embed(TEXTS, "document"), model.embed(TEXTS, "query")]);
    expect(server.received).toHaveLength(2 * TEXTS.length);
    expect(server.mostUnanswered).toBe(5);
  });

  it("goes on after a killed server where it was, and sends again only what wasn't answered", async () => {
    const window = 6;
    let answered = 0;
    const first = await serve({
      behaviour: async (_, answer) => {
        const answers = [await answer()];
        if ((answered += 1) === 13) first.kill();
        return answers;
      },
    });
    const model = await connect(first, { window });
    answered = 0;
    const embeddings = model.embed(TEXTS, "document");
    await vi.waitFor(() => expect(answered).toBeGreaterThanOrEqual(13));
    const second = await vi.waitFor(() => serve({ port: first.port }), 5_000);
    expect(await embeddings).toHaveLength(TEXTS.length);
    const times = counts(first, second);
    expect(Math.min(...times)).toBe(1);
    expect(Math.max(...times)).toBe(2);
    expect(times.filter((n) => n === 2).length).toBeLessThanOrEqual(window);
  });

  it("leaves a call in which no answer comes", async () => {
    let hung = 0;
    const server = await serve({
      behaviour: async ({ text }, answer) => {
        if (text === TEXTS[9] && (hung += 1) === 1) await new Promise(() => {});
        return [await answer()];
      },
    });
    const model = await connect(server, { timeoutSeconds: 2 });
    expect(await model.embed(TEXTS, "document")).toHaveLength(TEXTS.length);
    expect(counts(server).slice(8, 11)).toEqual([1, 2, 2]);
  });

  it("takes the answers of a call that the server doesn't end", async () => {
    const server = await serve({ neverEnds: true });
    const model = await connect(server, { timeoutSeconds: 1 });
    expect(await model.embed(TEXTS, "document")).toHaveLength(TEXTS.length);
    expect(counts(server)).toEqual(TEXTS.map(() => 1));
  });

  it("keeps every answer that came before a refusal, and finds the refused text", async () => {
    let open = () => {};
    const allAtOnce = new Promise<void>((resolve) => (open = resolve));
    const server = await serve({
      behaviour: async ({ text }, answer) => {
        const right = await answer();
        if (text === TEXTS.at(-1)) open();
        if (TEXTS.includes(text)) await allAtOnce;
        if (text === TEXTS[9]) throw new StatusError(status.INVALID_ARGUMENT, "not this one");
        return [right];
      },
    });
    const model = await connect(server, { window: TEXTS.length });
    const error: unknown = await model.embed(TEXTS, "document").catch((thrown: unknown) => thrown);
    if (!(error instanceof TextsRefusedError)) throw error;
    expect([...error.failures.keys()]).toEqual([9]);
    expect(error.embeddings.filter((one) => one !== null)).toHaveLength(TEXTS.length - 1);
    expect(counts(server).slice(0, 9)).toEqual(TEXTS.slice(0, 9).map(() => 1));
  });

  it("blames the text for a failed inference only when others succeed", async () => {
    let broken = (text: string) => text.includes("17");
    const server = await serve({
      behaviour: async ({ text }, answer) => {
        if (broken(text)) throw new StatusError(status.FAILED_PRECONDITION, "inference failed");
        return [await answer()];
      },
    });
    const model = await connect(server);
    await expect(model.embed(TEXTS, "document")).rejects.toMatchObject({
      failures: new Map([[17, expect.anything()]]),
    });
    broken = () => true;
    await expect(model.embed(TEXTS, "document")).rejects.toThrow(ModelUnavailableError);
  });

  it("embeds nothing more when another model is behind the address", async () => {
    const first = await serve();
    const model = await connect(first);
    first.kill();
    const second = await vi.waitFor(() => serve({ port: first.port, info: { modelSha: "another" } }), 5_000);
    await expect(model.embed(TEXTS, "document")).rejects.toThrow(/revision 6c9c6101.*, and has .*revision another/);
    expect(second.received).toEqual([]);
  });

  it("goes on over a new connection when the old one is dead", async () => {
    const server = await serve();
    const network = await startNetwork(server.port);
    const model = await connect(server, { url: `http://127.0.0.1:${network.port}`, timeoutSeconds: 2 });
    await model.embed(["before"], "document");
    network.die();
    expect(await model.embed(TEXTS, "document")).toHaveLength(TEXTS.length);
  });
});

describe("exchange", () => {
  it("writes no faster than the server reads", async () => {
    const written = new Set<number>();
    let writtenWhileNothingIsRead = NaN;
    const server = await serve({
      oneByOne: true,
      behaviour: async ({ place }) => {
        if (place === 0) {
          await setTimeout(500);
          writtenWhileNothingIsRead = written.size;
        }
        return [{ embeddings: [place] }];
      },
    });
    const requests = [...TEXTS, ...TEXTS, ...TEXTS, ...TEXTS].map((text, place) => ({
      get inputs() {
        written.add(place);
        return text.repeat(3_000);
      },
    }));
    const client = new TeiClient({ ...SETTINGS, url: server.url });
    onTestFinished(() => client.close());
    const answers: number[] = [];
    await exchange(client.embedStream(), requests, {
      window: new TextWindow(requests.length),
      ...{ timeoutMs: 10_000, signal: new AbortController().signal },
      take: ({ embeddings }) => answers.push(embeddings[0] ?? NaN),
    });
    expect(answers).toEqual(requests.map((_, place) => place));
    expect(writtenWhileNothingIsRead).toBeLessThan(requests.length / 3);
  });
});

/** A network between the server and its clients that can lose a connection without telling either end. */
async function startNetwork(target: number): Promise<{ readonly port: number; die(): void }> {
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connectTo(target, "127.0.0.1");
    for (const socket of [client, upstream]) sockets.add(socket.on("error", () => {}));
    client.pipe(upstream).pipe(client);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  const die = () => {
    for (const socket of sockets) socket.unpipe().pause();
  };
  return { port: address.port, die };
}

async function slowly<T>(_: unknown, answer: () => Promise<T>): Promise<T[]> {
  await new Promise(setImmediate);
  return [await answer()];
}
