import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConfigurationError } from "./configuration-file.js";
import { parseEnvironment } from "./environment.js";
import { parseKafkaSecurity } from "./kafka-security.js";
import type { KafkaSecurityVariables } from "./kafka-variables.js";

/** Without `FRESHET_KAFKA_` before each name. */
function parse(variables: Record<string, string>) {
  const given = Object.entries(variables).map(([name, value]) => [`FRESHET_KAFKA_${name}`, value]);
  return parseKafkaSecurity(Object.fromEntries(given) as KafkaSecurityVariables);
}

const SASL = { SECURITY_PROTOCOL: "SASL_PLAINTEXT", SASL_MECHANISM: "PLAIN", USERNAME: "app", PASSWORD: "se-cret" };
const BEARER = { SECURITY_PROTOCOL: "SASL_SSL", SASL_MECHANISM: "OAUTHBEARER" };

test("nothing said is PLAINTEXT, also by empty variables", () => {
  const service = { name: "search", defaultPort: 8082 };
  const { kafka } = parseEnvironment({ FRESHET_KAFKA_PASSWORD: "", FRESHET_KAFKA_SECURITY_PROTOCOL: "" }, service);
  expect(kafka).toMatchObject({ security: { protocol: "PLAINTEXT" }, compression: "none" });
});

test("a login and a certificate may go together", () => {
  const files = { CA_FILE: "/ca.crt", CERTIFICATE_FILE: "/app.crt", KEY_FILE: "/app.key", KEY_PASSWORD: "key" };
  expect(parse({ ...SASL, ...files, SECURITY_PROTOCOL: "SASL_SSL", SASL_MECHANISM: "scram-sha-512" })).toEqual({
    protocol: "SASL_SSL",
    tls: {
      caFile: "/ca.crt",
      client: { certificateFile: "/app.crt", keyFile: "/app.key", keyPassword: expect.any(Function) as unknown },
    },
    login: { mechanism: "SCRAM-SHA-512", username: "app", password: expect.any(Function) as unknown },
  });
});

test("a token comes from a file or from an endpoint", () => {
  expect(parse({ ...BEARER, OAUTH_TOKEN_FILE: "/run/token" })).toMatchObject({
    login: { mechanism: "OAUTHBEARER", tokens: { file: "/run/token" } },
  });
  const client = { OAUTH_CLIENT_ID: "freshet", OAUTH_CLIENT_SECRET: "se-cret", OAUTH_SCOPE: "kafka" };
  expect(parse({ ...BEARER, ...client, OAUTH_TOKEN_URL: "https://id.example/token" })).toMatchObject({
    login: { tokens: { endpoint: { url: "https://id.example/token", clientId: "freshet", scope: "kafka" } } },
  });
});

test("a secret's file is read when it is asked for, and no secret shows in what is logged", () => {
  const folder = mkdtempSync(join(tmpdir(), "freshet-secret-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { PASSWORD, ...rest } = SASL;
  const file = join(folder, "password");
  const security = parse({ ...rest, PASSWORD_FILE: file });
  const password = security.protocol === "SASL_PLAINTEXT" && "password" in security.login && security.login.password;
  if (password === false) throw new Error("there is no password");
  expect(password).toThrow(`FRESHET_KAFKA_PASSWORD_FILE: ${file} can't be read (ENOENT)`);
  writeFileSync(file, `${PASSWORD}\n`);
  expect(password()).toBe(PASSWORD);
  expect(JSON.stringify([security, parse(SASL)])).not.toContain(PASSWORD);
});

test.each<[string, Record<string, string>]>([
  ["FRESHET_KAFKA_SECURITY_PROTOCOL: expected one of PLAINTEXT, SSL", { SECURITY_PROTOCOL: "TLS" }],
  ["FRESHET_KAFKA_PASSWORD: without effect", { PASSWORD: "se-cret" }],
  ["FRESHET_KAFKA_CA_FILE: without effect", { ...SASL, CA_FILE: "/ca.crt" }],
  ["FRESHET_KAFKA_SASL_MECHANISM: without effect", { SECURITY_PROTOCOL: "SSL", SASL_MECHANISM: "PLAIN" }],
  ["FRESHET_KAFKA_KEY_FILE: without effect", { SECURITY_PROTOCOL: "SSL", KEY_FILE: "/app.key" }],
  [
    "Set FRESHET_KAFKA_KEY_FILE: FRESHET_KAFKA_CERTIFICATE_FILE needs it",
    { SECURITY_PROTOCOL: "SSL", CERTIFICATE_FILE: "/a" },
  ],
  ["Set FRESHET_KAFKA_SASL_MECHANISM: SASL_SSL needs it", { SECURITY_PROTOCOL: "SASL_SSL" }],
  ["FRESHET_KAFKA_SASL_MECHANISM: expected one of PLAIN, SCRAM-SHA-256", { ...SASL, SASL_MECHANISM: "GSSAPI" }],
  ["Set FRESHET_KAFKA_PASSWORD or FRESHET_KAFKA_PASSWORD_FILE, not both", { ...SASL, PASSWORD_FILE: "/password" }],
  [
    "FRESHET_KAFKA_USERNAME, FRESHET_KAFKA_PASSWORD: without effect",
    { ...BEARER, USERNAME: "app", PASSWORD: "se-cret", OAUTH_TOKEN_FILE: "/run/token" },
  ],
  ["Set FRESHET_KAFKA_OAUTH_TOKEN_URL: OAUTHBEARER without FRESHET_KAFKA_OAUTH_TOKEN_FILE needs it", BEARER],
  ["FRESHET_KAFKA_OAUTH_TOKEN_URL: expected the https://", { ...BEARER, OAUTH_TOKEN_URL: "id.example" }],
  [
    "FRESHET_KAFKA_OAUTH_TOKEN_URL: without",
    { ...BEARER, OAUTH_TOKEN_FILE: "/t", OAUTH_TOKEN_URL: "https://id.example" },
  ],
])("%s …", (sentence, variables) => {
  const refused = () => parse(variables);
  expect(refused).toThrow(ConfigurationError);
  expect(refused).toThrow(sentence);
  expect(refused).not.toThrow(/se-cret/);
});
