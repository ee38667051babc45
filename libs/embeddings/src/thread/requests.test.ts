import { MessageChannel, type MessagePort } from "node:worker_threads";
import { expect, it, onTestFinished } from "vitest";
import type { ToWorker } from "./messages.js";
import { Requests } from "./requests.js";

interface Task {
  readonly name: string;
  readonly steps: number;
  /** Sent while its first step is done. */
  readonly meanwhile?: readonly ToWorker<Task>[];
}

/** As the runtime of models works: it holds the thread, and goes on at once. */
function hold<Result>(work: () => Result): Promise<Result> {
  return new Promise((resolve) => setImmediate(() => resolve(work())));
}

/** Whose steps are done one after the other, until so many are. */
async function play(first: readonly ToWorker<Task>[], steps: number): Promise<string> {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port2.close());
  const done: string[] = [];
  const answered = new Promise<void>((resolve) => {
    port2.on("message", () => done.length === steps && resolve());
  });
  const requests = new Requests<null, Task, string>(
    { ready: null, answer: (task) => stepsOf(task, done, port2) },
    port1,
  );
  port1.on("message", (message: ToWorker<Task>) => requests.add(message));
  for (const message of first) port2.postMessage(message);
  await answered;
  return done.join(" ");
}

async function* stepsOf({ name, steps, meanwhile = [] }: Task, done: string[], sender: MessagePort) {
  for (let left = steps; ; left -= 1) {
    await hold(() => done.push(name));
    if (left === steps) for (const message of meanwhile) sender.postMessage(message);
    if (left === 1) return name;
    yield;
  }
}

it("hears between two steps of what has come meanwhile", async () => {
  const short = { type: "request", id: 2, request: { name: "b", steps: 1 }, canWait: false } as const;
  const long = { name: "a", steps: 3, meanwhile: [short] };
  expect(await play([{ type: "request", id: 1, request: long, canWait: true }], 4)).toBe("a b a a");
});

it("hurries what can't wait any more, and does no more of what is forgotten", async () => {
  const meanwhile = [
    { type: "hurry", id: 3 },
    { type: "forget", id: 1 },
  ] as const;
  const request = (id: number, name: string, more: Partial<Task> = {}) =>
    ({ type: "request", id, request: { name, steps: 2, ...more }, canWait: true }) as const;
  expect(await play([request(1, "a", { meanwhile }), request(2, "b"), request(3, "c")], 5)).toBe("a c c b b");
});
