import { expect, it } from "vitest";
import { ModelUnavailableError, TextsRefusedError } from "../embedding-model.js";
import { RequestRefusedError } from "./errors.js";
import { sendHalving, type Send } from "./halving.js";
import { settle } from "./outcome.js";

const TEXTS = ["a cat", "a bad one", "a dog", "a bird"].map((text) => ({ text, tokens: 2 }));

/** Refuses a bad text; from the given request on it refuses or fails at everything. */
function server(illFrom: number, illness: Error): Send {
  let requests = 0;
  return (texts) => {
    if (requests++ >= illFrom) return Promise.reject(illness);
    if (texts.some(({ text }) => text.includes("bad"))) return Promise.reject(new RequestRefusedError("a bad one"));
    return Promise.resolve(texts.map(() => ({ vector: new Float32Array([1]), tokens: 2 })));
  };
}

async function outcomeOf(send: Send): Promise<unknown> {
  const outcomes = await sendHalving(TEXTS, send);
  expect(outcomes).toHaveLength(TEXTS.length);
  return Promise.resolve(outcomes)
    .then(settle)
    .catch((error: unknown) => error);
}

it("finds the bad text of a server that is well", async () => {
  const error = await outcomeOf(server(Infinity, new Error("never")));
  if (!(error instanceof TextsRefusedError)) throw error;
  expect([...error.failures.keys()]).toEqual([1]);
});

it("blames no text when the server falls ill after the halving began", async () => {
  for (let illFrom = 0; illFrom < 6; illFrom++) {
    expect(await outcomeOf(server(illFrom, new ModelUnavailableError("down")))).toBeInstanceOf(ModelUnavailableError);
    const refusing = await outcomeOf(server(illFrom, new RequestRefusedError("refuses everything")));
    expect(String(refusing)).toMatch(/ModelMisconfiguredError: .*check the model's settings/);
  }
});
