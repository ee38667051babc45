import { expect, test } from "vitest";
import { misnamed } from "./test-suffix.js";

test.each(["/a/slots.pg.test.ts", "/a/flow.pg.kafka.test.ts", "/a/flow.kafka.pg.test.ts", "/a/demo.stack.test.ts"])(
  "%s may use Postgres",
  (path) => {
    expect(misnamed(path, "pg")).toBeUndefined();
  },
);

test.each(["/a/slots.test.ts", "/a.pg.test.ts/slots.kafka.test.ts", "/a/pg.test.ts"])(
  "%s may not use Postgres",
  (path) => {
    expect(misnamed(path, "pg")).toContain("*.pg.test.ts");
  },
);
