import { modelFolder } from "@freshet/local-stack/testing";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { embeddingModelContract } from "../contract/embedding-model-contract.js";
import { remoteModelContract } from "../contract/remote-model-contract.js";
import { type EmbeddingModel, ModelUnavailableError, TextsRefusedError } from "../embedding-model.js";
import { openLocalModel } from "../local/local-model.js";
import { openModel } from "../open-model.js";
import {
  type OpenAiServer,
  type OpenAiServerOptions,
  startOpenAiServer,
} from "../testing/openai-server/openai-server.js";
import type { Patience } from "../remote/request-policy.js";
import { openOpenAiModel } from "./openai-model.js";
import type { OpenAiModelOptions } from "./options.js";

const REPOSITORY = "BAAI/bge-small-en-v1.5";
const NAME = "bge-small";
const API_KEY = "sk-test-3f9a61c0";
const QUICK: Patience = { retries: 2, firstDelayMs: 5, longestDelayMs: 20, failuresToOpen: 8, openMs: 1000 };

const SETTINGS = {
  name: NAME,
  authentication: "bearer" as const,
  apiKeyVariable: "FRESHET_OPENAI_API_KEY",
  dimensions: 384,
  sendDimensions: false,
  revision: "q8",
  maxTokens: 512,
  tokenizer: REPOSITORY,
  queryPrefix: "Represent this sentence for searching relevant passages: ",
  documentPrefix: "",
  batch: { items: 4, tokens: 2048 },
  requestsInFlight: 1,
  timeouts: { connectSeconds: 1, readSeconds: 1, totalSeconds: 1 },
};

interface Scene {
  readonly model: EmbeddingModel;
  readonly server: OpenAiServer;
  readonly close: () => Promise<void>;
}

async function openScene(
  client: Partial<OpenAiModelOptions> = {},
  server: Partial<OpenAiServerOptions> = {},
): Promise<Scene> {
  const directory = await modelFolder("q8");
  const local = await openLocalModel({
    name: REPOSITORY,
    dtype: "q8",
    directory,
    queryPrefix: "",
    documentPrefix: "",
    threads: 1,
    cacheDirectory: "",
  });
  const started = await startOpenAiServer({ model: local, name: NAME, apiKey: API_KEY, ...server });
  const place = { modelDirectory: directory, modelCache: "", apiKey: () => API_KEY };
  const closeServer = async () => {
    await started.close();
    await local.close();
  };
  const opening = openOpenAiModel({ ...SETTINGS, url: started.url, ...place, ...client }, QUICK);
  const model = await opening.catch(async (error: unknown) => {
    await closeServer();
    throw error;
  });
  const closeModel = model.close.bind(model);
  const close = async () => {
    await closeModel();
    await closeServer();
  };
  return { model, server: started, close };
}

async function openForTest(client: Partial<OpenAiModelOptions> = {}, server: Partial<OpenAiServerOptions> = {}) {
  const scene = await openScene(client, server);
  onTestFinished(() => scene.close());
  return scene;
}

embeddingModelContract({
  name: "openai",
  open: async () => {
    const patient = { connectSeconds: 10, readSeconds: 60, totalSeconds: 60 };
    const { model, close } = await openScene({ requestsInFlight: 4, timeouts: patient });
    return Object.assign(model, { close });
  },
  dimensions: 384,
  sameTextCosine: 0.99,
  emptyText: "refused",
});

remoteModelContract({
  name: "openai",
  open: async () => {
    const { model, server, close } = await openScene();
    return { model, faults: server.faults, apiKey: API_KEY, close };
  },
  sameTextCosine: 0.99,
});

describe("openOpenAiModel", () => {
  it("takes its identity from the configuration", async () => {
    const { model } = await openForTest({ revision: "2026-01" });
    expect(model.identity).toEqual({ name: NAME, revision: "2026-01", dtype: "remote", dimensions: 384 });
  });

  it.each(["understood", "ignored", "refused"] as const)("reads vectors where base64 is %s", async (base64) => {
    const { model, server } = await openForTest({}, { base64 });
    const [cat, dog, empty] = await model.embed(["cat", "dog", " "], "document");
    expect(cat?.vector).not.toEqual(dog?.vector);
    expect(empty?.vector).toHaveLength(384);
    await model.embed(["bird"], "document");
    expect(server.faults.seen.requests).toHaveLength(base64 === "refused" ? 3 : 2);
  });

  it("shares what the server bills among the texts", async () => {
    const { model } = await openForTest();
    const embeddings = await model.embed(["cat", "a ship in space", "cat cat"], "document");
    expect(embeddings.map(({ tokens }) => tokens)).toEqual([3, 6, 4]);
  });

  it("speaks Azure's dialect: its address, its version, its header", async () => {
    const { server, model: bare } = await openForTest();
    const url = server.url.replace(/v1$/, "openai/deployments/mine");
    await bare.close();
    const { model } = await openForTest({ url, apiVersion: "2024-10-21", authentication: "api-key" });
    expect(await model.embed(["cat"], "document")).toHaveLength(1);
  });

  it.each([
    ["another key", { apiKey: () => "sk-wrong-7d1e" }, /refuses the API key .*FRESHET_OPENAI_API_KEY_FILE/],
    ["no key", { apiKey: undefined }, /wants an API key .*FRESHET_OPENAI_API_KEY/],
    ["a key that is no key", { apiKey: () => "sk-wrong-7d1e\nx" }, /API key .* has characters/],
    ["another model", { name: "bge-huge" }, /has no model bge-huge/],
    ["another address", { url: "http://127.0.0.1:1/v2" }, /can't be reached.*ECONNREFUSED/],
    ["dimensions that the model can't have", { dimensions: 100, sendDimensions: true }, /specifying dimensions/],
    ["dimensions that the model hasn't", { dimensions: 100 }, /384 dimensions, and 100 are configured/],
  ])("answers %s with a sentence", async (_, client, sentence) => {
    const { model } = await openForTest(client);
    const error = await model.embed(["cat", "dog"], "document").catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(sentence);
    expect(String(error)).not.toContain("sk-wrong");
    expect(error).not.toBeInstanceOf(TextsRefusedError);
  });

  it("slows down before it is refused: no request is left for a second", async () => {
    const headers = { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s" };
    const { model, server } = await openForTest({}, { headers });
    await model.embed(["cat"], "document");
    await model.embed(["dog"], "document");
    const [first = NaN, second = NaN] = server.faults.seen.requests;
    expect(second - first).toBeGreaterThanOrEqual(1000);
  });

  it("doesn't wait for a server that wants to be left alone for long", async () => {
    const { model, server } = await openForTest();
    server.faults.misbehave({ kind: "rate-limit", retryAfterSeconds: 3600 });
    const call = () => model.embed(["cat"], "document").catch((thrown: unknown) => thrown);
    expect(await call()).toBeInstanceOf(ModelUnavailableError);
    expect(String(await call())).toMatch(/left alone for another 3\d\d\d s/);
    expect(server.faults.seen.requests).toHaveLength(1);
  });

  it("counts as OpenAI does, and takes what looks like a control token for text", async () => {
    const { model } = await openForTest({ tokenizer: "cl100k_base" });
    expect(await model.countTokens(["hello world", "<|endoftext|>", ""])).toEqual([2, 7, 0]);
  });

  it("is opened by a configuration, with a key from the environment and a tokenizer from a folder", async () => {
    const { server, model: bare } = await openForTest();
    await bare.close();
    const directory = await modelFolder("q8");
    const model = await openModel(
      { provider: "openai", ...SETTINGS, url: server.url, tokenizer: join(directory, REPOSITORY) },
      { modelCache: "", secret: (variable) => (variable === SETTINGS.apiKeyVariable ? () => API_KEY : undefined) },
    );
    onTestFinished(() => model.close());
    expect(await model.embed(["cat"], "document")).toHaveLength(1);
  });

  it("names the tokenizer that isn't there", async () => {
    await expect(openForTest({ tokenizer: "no/such" })).rejects.toThrow(/^The tokenizer no\/such can't be loaded/);
  });

  it("answers nothing when it is closed", async () => {
    const { model } = await openForTest();
    await model.close();
    await expect(model.embed(["cat"], "document")).rejects.toThrow(/bge-small is closed/);
  });
});
