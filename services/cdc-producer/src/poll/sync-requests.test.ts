import { expect, it } from "vitest";
import { NotPollingError, SyncRequests } from "./sync-requests.js";

it("answers all who ask while a round runs by the next one, and adds up the tables", async () => {
  const requests = new SyncRequests();
  let wakes = 0;
  requests.open(["public.a", "public.b"], () => (wakes += 1));
  const first = requests.request(["public.a"]);
  let end: () => void = () => undefined;
  const running = requests.answer("public.a", async () => {
    await new Promise<void>((resolve) => (end = resolve));
    return { rows: 1, events: 1 };
  });
  const late = [requests.request(["public.a", "public.b"]), requests.request(["public.a"])];
  end();
  await running;
  expect(await first).toEqual({ rows: 1, events: 1 });
  expect(requests.isAsked("public.a")).toBe(true);
  await requests.answer("public.a", () => Promise.resolve({ rows: 10, events: 5 }));
  await requests.answer("public.b", () => Promise.resolve({ rows: 100, events: 50 }));
  expect(await Promise.all(late)).toEqual([
    { rows: 110, events: 55 },
    { rows: 10, events: 5 },
  ]);
  expect([wakes, requests.isAsked("public.a"), requests.isAsked("public.b")]).toEqual([3, false, false]);
});

it("tells those who wait why there is no answer, and lets the failure through", async () => {
  const requests = new SyncRequests();
  await expect(requests.request(["public.a"])).rejects.toThrow(NotPollingError);
  requests.open(["public.a"], () => undefined);
  const asked = requests.request(["public.a"]);
  await expect(requests.answer("public.a", () => Promise.reject(new Error("gone")))).rejects.toThrow("gone");
  await expect(asked).rejects.toThrow("gone");
  const waiting = requests.request(["public.a"]);
  requests.close("another instance polls the source");
  await expect(waiting).rejects.toThrow(/another instance/);
  expect(requests.tables).toBeNull();
});
