import { writeFile } from "node:fs/promises";
import { randomName } from "@freshet/local-stack/testing";
import { Registry } from "prom-client";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { text } from "../../codecs.js";
import { FatalError, RetriableError } from "../../errors.js";
import { secured } from "../../examples/secured.js";
import type { Logger } from "../../logger.js";
import { createApplication, readTopic, start } from "../../testing/applications.js";
import { deadLetterTopic, topicOf } from "../../testing/broker.js";
import {
  ALICE,
  MALLORY,
  PASSWORD,
  type SecureKafka,
  startSecureKafka,
  unsecuredToken,
} from "../../testing/secure-kafka.js";
import { startTokenEndpoint } from "../../testing/token-endpoint.js";
import type { KafkaConnection } from "../connection.js";
import { openDeliveryChannel } from "../delivery-channel.js";
import type { KafkaSecurity, SaslLogin, TokenOrigin } from "./security.js";
import { connectTopicAdmin, requireBroker } from "../topic-admin.js";

let kafka: SecureKafka;
beforeAll(async () => {
  kafka = await startSecureKafka();
});
afterAll(() => kafka.stop());

const logged: string[] = [];
const write = (details: object, message: string) => logged.push(`${message} ${JSON.stringify(details)}`);
const logger: Logger = { debug: write, info: write, warn: write, error: write };
const wrong = "not-her-secret";

afterEach(() => {
  const text = logged.splice(0).join("\n");
  expect(text).not.toContain(PASSWORD);
  expect(text).not.toContain(wrong);
  expect(text).not.toContain("Bearer ");
});

type Listener = Parameters<SecureKafka["brokers"]>[0];

function connect(listener: Listener, security?: KafkaSecurity): KafkaConnection {
  const brokers = kafka.brokers(listener);
  return { brokers, clientId: randomName("client"), logger, ...(security === undefined ? {} : { security }) };
}

const tls = (caFile = "server.crt", client?: string) => ({
  caFile: kafka.path(caFile),
  ...(client === undefined
    ? {}
    : { client: { certificateFile: kafka.path(`${client}.crt`), keyFile: kafka.path(`${client}.key`) } }),
});

const login = (mechanism: Exclude<SaslLogin["mechanism"], "OAUTHBEARER"> = "PLAIN", password = PASSWORD) =>
  ({ mechanism, username: ALICE, password: () => password }) as const;

const bearer = (tokens: TokenOrigin) => ({ mechanism: "OAUTHBEARER", tokens }) as const;

/** Makes a topic, produces to it and reads it as a member of a group: all there is of clients. */
async function goThrough(connection: KafkaConnection): Promise<void> {
  const topics = await connectTopicAdmin(connection);
  onTestFinished(() => topics.close());
  const topic = randomName("topic");
  await topics.ensureTopic({ name: topic, partitions: 1 });
  const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry() });
  onTestFinished(() => channel.close(1000));
  channel.offer({ topic, key: "a", value: "through" });
  await channel.flush();
  const [message] = await readTopic(topicOf(topic, text), ({ length }) => length === 1, { connection });
  expect(message?.value).toBe("through");
}

test.each<[string, () => KafkaConnection]>([
  ["MUTUAL TLS", () => connect("MUTUAL", { protocol: "SSL", tls: tls("server.crt", "client") })],
  ["PLAIN", () => connect("SECURE", { protocol: "SASL_SSL", tls: tls(), login: login() })],
  ["SCRAM-SHA-256", () => connect("LOGIN", { protocol: "SASL_PLAINTEXT", login: login("SCRAM-SHA-256") })],
])("goes through with %s", (_, connection) => goThrough(connection()));

test("goes through with SCRAM-SHA-512, as the README says", async () => {
  const user = { name: ALICE, passwordFile: kafka.path("password"), caFile: kafka.path("server.crt") };
  await writeFile(user.passwordFile, `${PASSWORD}\n`);
  await goThrough(secured(connect("SECURE"), user));
});

test("OAUTHBEARER takes the token that lies in the file just then", async () => {
  const file = kafka.path("token");
  const connection = connect("SECURE", { protocol: "SASL_SSL", tls: tls(), login: bearer({ file }) });
  await writeFile(file, unsecuredToken(ALICE, -5));
  await expect(requireBroker(connection)).rejects.toThrow(`The token in ${file} is good until`);
  await expect(requireBroker(connection)).rejects.toBeInstanceOf(RetriableError);
  await writeFile(file, `${unsecuredToken(ALICE, 3600)}\n`);
  await goThrough(connection);
});

test("OAUTHBEARER asks a token endpoint, and again before a token ends, which no client notices", async () => {
  const credentials = { clientId: "freshet", clientSecret: PASSWORD, scope: "kafka" };
  const lifeSeconds = 8;
  const issue = () => ({ token: unsecuredToken(ALICE, lifeSeconds), lifeSeconds });
  const { url, given } = await startTokenEndpoint({ ...credentials, issue });
  const endpoint = { ...credentials, url, clientSecret: () => PASSWORD };
  const connection = connect("SECURE", { protocol: "SASL_SSL", tls: tls(), login: bearer({ endpoint }) });
  const topics = await connectTopicAdmin(connection);
  onTestFinished(() => topics.close());
  await topics.ensureTopic({ name: "sessions", partitions: 1 });
  const before = given();
  const firstEnd = Date.now() + lifeSeconds * 1000;
  const ends = async () => (await topics.groupProgress("nobody", ["sessions"])).partitions.map(({ end }) => end);
  const over = async () => (await ends())[0] === 0n && Date.now() > firstEnd;
  await expect.poll(over, { timeout: 20_000 }).toBe(true);
  expect(given()).toBeGreaterThan(before);
  await goThrough(connection);
});

test.each<[string, typeof FatalError | typeof RetriableError, RegExp, () => KafkaConnection]>([
  ["no TLS", FatalError, /expects TLS: set .* to SSL or SASL_SSL/, () => connect("TLS")],
  [
    "TLS for nothing",
    RetriableError,
    /to PLAINTEXT or SASL_PL/,
    () => connect("PLAINTEXT", { protocol: "SSL", tls: {} }),
  ],
  ["an unknown authority", FatalError, /set FRESHET_KAFKA_CA_FILE/, () => connect("TLS", { protocol: "SSL", tls: {} })],
  [
    "a certificate for another host",
    FatalError,
    /for other names/,
    () => connect("ELSEWHERE", { protocol: "SSL", tls: tls("elsewhere.crt") }),
  ],
  [
    "no certificate of the client",
    FatalError,
    /set FRESHET_KAFKA_CERTIFICATE_FILE/,
    () => connect("MUTUAL", { protocol: "SSL", tls: tls() }),
  ],
  [
    "a certificate that nobody knows",
    FatalError,
    /set FRESHET_KAFKA_CERTIFICATE_FILE/,
    () => connect("MUTUAL", { protocol: "SSL", tls: tls("server.crt", "stranger") }),
  ],
  [
    "a missing file",
    FatalError,
    /no-such.crt can't be read \(ENOENT\)/,
    () => connect("TLS", { protocol: "SSL", tls: tls("no-such.crt") }),
  ],
  ["no login", RetriableError, /set .* to SASL_PLAINTEXT/, () => connect("LOGIN")],
  [
    "a login for nothing",
    FatalError,
    /takes no login/,
    () => connect("PLAINTEXT", { protocol: "SASL_PLAINTEXT", login: login() }),
  ],
  [
    "a wrong password",
    FatalError,
    /Invalid username or password.*check FRESHET_KAFKA_USERNAME/,
    () => connect("LOGIN", { protocol: "SASL_PLAINTEXT", login: login("PLAIN", wrong) }),
  ],
  [
    "a wrong password for SCRAM",
    FatalError,
    /check FRESHET_KAFKA_USERNAME/,
    () => connect("LOGIN", { protocol: "SASL_PLAINTEXT", login: login("SCRAM-SHA-512", wrong) }),
  ],
])("%s is refused with one sentence", async (_, kind, sentence, connection) => {
  const refused = await requireBroker(connection()).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(kind);
  expect((refused as Error).message).toMatch(sentence);
  expect((refused as Error).message).not.toContain(wrong);
});

test("a token that the broker refuses, and credentials that the endpoint refuses, are fatal", async () => {
  const file = kafka.path("opaque");
  await writeFile(file, "opaque");
  const by = (tokens: TokenOrigin) =>
    requireBroker(connect("LOGIN", { protocol: "SASL_PLAINTEXT", login: bearer(tokens) }));
  await expect(by({ file })).rejects.toThrow(/refuses the OAUTHBEARER token \(invalid_token\)/);
  const credentials = { clientId: "freshet", clientSecret: PASSWORD, scope: "kafka" };
  const issue = () => ({ token: "", lifeSeconds: 0 });
  const { url } = await startTokenEndpoint({ ...credentials, issue });
  const refused = by({ endpoint: { ...credentials, url, clientSecret: () => wrong } });
  await expect(refused).rejects.toEqual(
    new FatalError(
      `No token comes from the token endpoint ${url} (401 invalid_client): check its address, the client's id and ` +
        "secret, and the scope.",
    ),
  );
});

test("who may not do it is told what to grant, and doesn't try again", async () => {
  const granted = await connectTopicAdmin(connect("PLAINTEXT"));
  onTestFinished(() => granted.close());
  const topic = randomName("topic");
  await granted.ensureTopic({ name: topic, partitions: 1 });
  const stranger = { ...login(), username: MALLORY };
  const connection = connect("LOGIN", { protocol: "SASL_PLAINTEXT", login: stranger });

  const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry() });
  onTestFinished(() => channel.close(1000));
  channel.offer({ topic, key: null, value: "" });
  await expect(channel.failed).rejects.toThrow(`Kafka refuses this client access to topic ${topic}: grant it Describe`);

  const application = createApplication({ connection });
  application.dataframe(topicOf(topic, text)).update(() => undefined);
  expect(await start(application).ended).toBeInstanceOf(FatalError);
});
