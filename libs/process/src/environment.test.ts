import { expect, it } from "vitest";
import { ConfigurationError } from "./configuration-file.js";
import { parseEnvironment } from "./environment.js";

const service = { name: "cdc-producer", defaultPort: 8083 };
const parse = (url: string) => parseEnvironment({ FRESHET_POSTGRES_URL: url }, service).postgres.connectionString;

it.each(["postgres://app:se/cret@db/shop", "postgres://app:se#cret@db/shop", "db:5432/shop", "mysql://app@db/shop"])(
  "says how the address of Postgres is written, without the password, instead of taking %s",
  (url) => {
    expect(() => parse(url)).toThrow(ConfigurationError);
    expect(() => parse(url)).toThrow(/FRESHET_POSTGRES_URL: expected postgres:\/\/user:.*percent-encoded \(@ is %40/);
    expect(() => parse(url)).not.toThrow(/cret/);
  },
);

it("takes no store's address with a password, and doesn't repeat it", () => {
  const given = { FRESHET_POSTGRES_URL: "postgres://app@db/shop", FRESHET_QDRANT_URL: "https://me:cret@qdrant:6333" };
  const parsed = () => parseEnvironment(given, service);
  expect(parsed).toThrow(/FRESHET_QDRANT_URL: expected a URL without user and password/);
  expect(parsed).not.toThrow(/cret/);
});

it("takes a password that is percent-encoded", () => {
  expect(parse("postgresql://app:se%2Fcret@db/shop")).toBe("postgresql://app:se%2Fcret@db/shop");
});
