import { expect, it, vi } from "vitest";
import { keepAlias } from "./keep-alias.js";

it("says once how searches come back to a record that knows nothing of what answers", async () => {
  const warnings: string[] = [];
  const ignore = () => undefined;
  const logger = { debug: ignore, info: ignore, error: ignore, warn: (_: object, said: string) => warnings.push(said) };
  const serve = vi.fn(() => Promise.resolve("unrecorded" as const));
  let looks = 0;
  const stop = new AbortController();
  const ended = keepAlias(
    // One that serves again asks at once.
    {
      index: "books",
      storeName: "main",
      generation: 1,
      collection: { serve },
      serves: () => looks++ % 2 === 0,
      logger,
    },
    stop.signal,
  );
  await vi.waitFor(() => expect(serve).toHaveBeenCalledTimes(2), 10_000);
  stop.abort();
  await ended;
  expect(warnings).toEqual([expect.stringContaining("freshet reindex books --force")]);
});
