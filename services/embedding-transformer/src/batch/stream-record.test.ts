import { Registry } from "prom-client";
import { expect, it, vi } from "vitest";
import { BatchMetrics } from "./batch-metrics.js";
import { StreamRecord } from "./stream-record.js";

it("tells of a stream's start, its progress every ten seconds, and its end", async () => {
  const lines: [object, string][] = [];
  const log = (details: object, message: string) => void lines.push([details, message]);
  const registry = new Registry();
  const metrics = new BatchMetrics(registry);
  const logger = { debug: log, info: log, warn: log, error: log };
  const clock = vi.spyOn(performance, "now").mockReturnValue(0);
  const record = new StreamRecord({ metrics, logger, rpc: "export", peer: "here" });
  record.started("books", { afterKey: "" });
  for (const second of [4, 9, 12, 13]) {
    clock.mockReturnValue(second * 1000);
    record.chunk({ rows: { sent: 50 }, bytes: 1000, ms: 20 });
  }
  record.ended("OK");
  clock.mockRestore();

  const about = { rpc: "export", index: "books", peer: "here" };
  expect(lines).toEqual([
    [{ ...about, afterKey: "" }, "export started"],
    [{ ...about, rows: { sent: 150 }, chunks: 3, bytes: 3000, seconds: 12 }, "export goes on"],
    [{ ...about, rows: { sent: 200 }, chunks: 4, bytes: 4000, seconds: 13, status: "OK" }, "export ended"],
  ]);
  const text = await registry.metrics();
  expect(text).toContain('freshet_batch_rows_total{rpc="export",index="books",result="sent"} 200');
  expect(text).toContain('freshet_batch_chunks_total{rpc="export",index="books"} 4');
  expect(text).toContain('freshet_batch_bytes_total{rpc="export",index="books"} 4000');
  expect(text).toContain('freshet_batch_chunk_duration_seconds_bucket{le="0.025",rpc="export"} 4');
  expect(text).toContain('freshet_batch_streams{rpc="export"} 0');
});
