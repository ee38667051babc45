import { expect, it, vi } from "vitest";
import { supervise } from "./supervise.js";

const WAIT = { timeout: 10_000, interval: 5 };

function prepare(...names: string[]) {
  const stop = new AbortController();
  const log: string[] = [];
  const [failures, ends] = [new Map<string, (error: Error) => void>(), new Map<string, () => void>()];
  const scene = { wanted: () => new Map(names.map((name) => [name, name])) };
  const run = (name: string, signal: AbortSignal) => {
    log.push(`start ${name}`);
    return new Promise<void>((resolve, reject) => {
      const end = () => {
        log.push(`stopped ${name}`);
        resolve();
      };
      failures.set(name, reject);
      // Until it is told so, as what it still has to finish.
      signal.addEventListener("abort", () => (log.push(`stop ${name}`), ends.set(name, end)));
    });
  };
  const supervised = supervise({ wanted: () => scene.wanted(), run, signal: stop.signal });
  const want = (...others: string[]) => (scene.wanted = () => new Map(others.map((name) => [name, name])));
  const says = (...lines: string[]) => vi.waitFor(() => expect(log).toEqual(lines), WAIT);
  return { supervised, stop, want, says, scene, fail: failures, end: (name: string) => ends.get(name)?.() };
}

it("begins nothing new before what is no longer wanted has ended, and leaves the others alone", async () => {
  const { supervised, stop, want, says, end } = prepare("a", "b");
  await says("start a", "start b");
  want("b", "c");
  await says("start a", "start b", "stop a");
  // Wanted no more by the time that it could begin.
  want("b", "d");
  end("a");
  const lines = ["start a", "start b", "stop a", "stopped a", "start d"];
  await says(...lines);
  stop.abort();
  await says(...lines, "stop b", "stop d");
  end("b");
  end("d");
  await supervised;
  await says(...lines, "stop b", "stop d", "stopped b", "stopped d");
});

it("ends all when one fails, each cleanly, and then throws its error", async () => {
  const { supervised, says, fail, end } = prepare("a", "b");
  const ended = supervised.catch((error: unknown) => error);
  await says("start a", "start b");
  fail.get("a")?.(new Error("broken"));
  await says("start a", "start b", "stop a", "stop b");
  end("b");
  expect(await ended).toEqual(new Error("broken"));
  await says("start a", "start b", "stop a", "stop b", "stopped b");
});

it("ends all when it can't be told what is wanted", async () => {
  const { supervised, says, scene, end } = prepare("a");
  const ended = supervised.catch((error: unknown) => error);
  await says("start a");
  scene.wanted = () => {
    throw new Error("unreadable");
  };
  await says("start a", "stop a");
  end("a");
  expect(await ended).toEqual(new Error("unreadable"));
});

it("begins nothing once it is told to stop", async () => {
  const { supervised, stop, want, says, end } = prepare("a");
  await says("start a");
  want("b");
  await says("start a", "stop a");
  stop.abort();
  end("a");
  await supervised;
  await says("start a", "stop a", "stopped a");
});
