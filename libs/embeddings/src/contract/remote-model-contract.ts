import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Embedding, type EmbeddingModel, ModelUnavailableError, TextsRefusedError } from "../embedding-model.js";
import { cosine } from "./cosine.js";
import type { RemoteFault, RemoteFaults } from "./remote-faults.js";

/** A model and its server, both opened for one run of the contract. */
export interface RemoteScene {
  /**
   * At most 4 texts in a request and 1 request at a time, or, over a stream, as near to it as there is; time-outs of 2 s;
   * back-off of milliseconds; a circuit that opens after 8 failures, for 1 s.
   */
  readonly model: EmbeddingModel;
  readonly faults: RemoteFaults;
  /** No error may show it. */
  readonly apiKey: string;
  close(): Promise<void>;
}

export interface RemoteContractOptions {
  readonly name: string;
  readonly open: () => Promise<RemoteScene>;
  readonly sameTextCosine: number;
  /** Faults that the protocol leaves no room for. */
  readonly impossible?: readonly RemoteFault["kind"][];
}

const TEXTS = ["a ship in space", "a cat", "a forest", "a wheel", "a tower", "a poem", "a storm", "a bridge", "a lamp"];

/** What the providers of remote models keep to when the server doesn't keep to anything. */
export function remoteModelContract({ name, open, sameTextCosine, impossible = [] }: RemoteContractOptions): void {
  describe(`remote embedding model: ${name}`, () => {
    let scene: RemoteScene;
    let right: Embedding[];
    beforeAll(async () => {
      scene = await open();
      right = await scene.model.embed(TEXTS, "document");
    });
    beforeEach(async () => {
      scene.faults.behave();
      await waitForClosedCircuit();
      scene.faults.behave();
    });
    afterAll(() => scene.close());

    const embed = () => scene.model.embed(TEXTS, "document");
    const waitForClosedCircuit = () =>
      expect.poll(async () => (await embed()).length, { timeout: 20_000 }).toBe(TEXTS.length);

    const expectRight = (embeddings: readonly (Embedding | null)[]) => {
      expect(embeddings).toHaveLength(TEXTS.length);
      embeddings.forEach((embedding, i) => {
        if (embedding) expect(cosine(embedding, right[i])).toBeGreaterThanOrEqual(sameTextCosine);
      });
    };
    const failureOf = async (): Promise<unknown> => {
      const error: unknown = await embed().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error instanceof Error) expect(JSON.stringify([error.message, error])).not.toContain(scene.apiKey);
      return error;
    };
    const possible = (faults: readonly RemoteFault[]) => faults.filter(({ kind }) => !impossible.includes(kind));
    const passing: readonly RemoteFault[] = possible([
      { kind: "half-answer" },
      { kind: "html" },
      { kind: "hang" },
      { kind: "connection-reset" },
      { kind: "failure" },
      { kind: "wrong-count" },
      { kind: "not-a-number" },
    ]);

    it.each(passing)("gets every vector although one answer is wrong: $kind", async (fault) => {
      scene.faults.misbehave(fault, { times: 1 });
      expectRight(await embed());
    });

    it.each(possible([{ kind: "wrong-count" }, { kind: "not-a-number" }]))(
      "asks again before it blames a text that was sent alone: $kind",
      async (fault) => {
        scene.faults.misbehave(fault, { times: 1 });
        expect(await scene.model.embed(TEXTS.slice(0, 1), "document")).toHaveLength(1);
      },
    );

    it.each(passing)("is unavailable while every answer is wrong, and blames no text: $kind", async (fault) => {
      scene.faults.misbehave(fault);
      const error = await failureOf();
      expect(error).toBeInstanceOf(ModelUnavailableError);
      expect((error as Error).message).toMatch(/^[A-Z].{20,}/s);
      scene.faults.behave();
      await waitForClosedCircuit();
    });

    it.each(possible([{ kind: "other-order" }]))("knows which vector is whose", async (fault) => {
      scene.faults.misbehave(fault);
      expectRight(await embed());
    });

    it("takes no vector of another dimension: that is a wrong configuration", async () => {
      scene.faults.misbehave({ kind: "other-dimension" });
      const error = await failureOf();
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(ModelUnavailableError);
      expect(error).not.toBeInstanceOf(TextsRefusedError);
      expect(String(error)).toMatch(/dimensions/);
    });

    it("names a key that is refused as a wrong configuration, without the key, and asks once", async () => {
      scene.faults.misbehave({ kind: "unauthorized" });
      const error = await failureOf();
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(ModelUnavailableError);
      expect(error).not.toBeInstanceOf(TextsRefusedError);
      expect(String(error)).toMatch(/key/);
      expect(scene.faults.seen.requests).toHaveLength(1);
    });

    it.each(
      possible([
        { kind: "refused-text", text: "storm" },
        { kind: "not-a-number", text: "storm" },
      ]),
    )("finds the one text that can't be embedded, and keeps the others: $kind", async (fault) => {
      scene.faults.misbehave(fault);
      const error = await failureOf();
      if (!(error instanceof TextsRefusedError)) throw error;
      expect([...error.failures.keys()]).toEqual([TEXTS.indexOf("a storm")]);
      expect(error.embeddings.map((embedding) => embedding === null)).toEqual(TEXTS.map((text) => text === "a storm"));
      expectRight(error.embeddings);
    });

    it("blames the configuration, and no text, when the server refuses every text", async () => {
      scene.faults.misbehave({ kind: "refused-text" });
      const error = await failureOf();
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(TextsRefusedError);
      expect(error).not.toBeInstanceOf(ModelUnavailableError);
    });

    it("sends smaller requests when they are too large", async () => {
      if (impossible.includes("too-large")) return;
      scene.faults.misbehave({ kind: "too-large", items: 1 });
      expectRight(await embed());
    });

    it("waits as long as a server that is asked too much says", async () => {
      scene.faults.misbehave({ kind: "rate-limit", retryAfterSeconds: 1 }, { times: 1 });
      expectRight(await embed());
      const [refused = NaN, next = NaN] = scene.faults.seen.requests;
      expect(next - refused).toBeGreaterThanOrEqual(1000);
    });

    it("hands along what was answered before the server failed", async () => {
      scene.faults.misbehave({ kind: "failure" }, { from: 1 });
      const error = await failureOf();
      if (!(error instanceof ModelUnavailableError)) throw error;
      const kept = TEXTS.filter((_, i) => error.embeddings[i]);
      expect(kept).not.toEqual([]);
      expect(kept).toEqual(scene.faults.seen.embedded);
      expectRight(error.embeddings);
    });

    it("asks nothing for a while of a server that only fails, says so, and comes back to it", async () => {
      scene.faults.misbehave({ kind: "failure" });
      await expect.poll(async () => String(await failureOf())).toMatch(/Nothing is sent for another \d+ s/);
      const before = scene.faults.seen.requests.length;
      await failureOf();
      expect(scene.faults.seen.requests).toHaveLength(before);
      scene.faults.behave();
      await waitForClosedCircuit();
    });

    it("ends the waiting when it is told to", async () => {
      scene.faults.misbehave({ kind: "hang" });
      const abort = new AbortController();
      const call = scene.model.embed(TEXTS, "document", { signal: abort.signal });
      const reason = new Error("The service stops.");
      await expect.poll(() => scene.faults.seen.requests.length).toBe(1);
      abort.abort(reason);
      await expect(call).rejects.toBe(reason);
    });
  });
}
