import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KafkaServer, startKafka } from "@freshet/local-stack/kafka";
import { type Certificate, selfSignedCertificate } from "@freshet/local-stack/self-signed-certificate";

export const PASSWORD = "alice-secret";
/** Who may do everything, and who nothing. */
export const [ALICE, MALLORY] = ["alice", "mallory"];

/** A broker with a listener for each way to be spoken to, and the files that its clients need. */
export interface SecureKafka {
  readonly server: KafkaServer;
  readonly brokers: (listener: Listener) => string[];
  /** Of a file in its folder; also of those below. */
  readonly path: (name: string) => string;
  stop(): Promise<void>;
}

/** TLS; TLS with a certificate for another host; TLS with certificates of the clients; a login; TLS and a login. */
type Listener = "PLAINTEXT" | "TLS" | "ELSEWHERE" | "MUTUAL" | "LOGIN" | "SECURE";

/** The files are `server`, `elsewhere`, `client` and `stranger`, each with `.crt` and `.key`. */
export async function startSecureKafka(): Promise<SecureKafka> {
  const folder = await mkdtemp(join(tmpdir(), "freshet-secure-"));
  const path = (name: string) => join(folder, name);
  const [server, elsewhere, client, stranger] = await Promise.all([
    selfSignedCertificate(),
    selfSignedCertificate({ commonName: "elsewhere", alternativeNames: "DNS:elsewhere.example" }),
    selfSignedCertificate({ commonName: "client" }),
    selfSignedCertificate({ commonName: "stranger" }),
  ]);
  for (const [name, { certificate, key }] of Object.entries({ server, elsewhere, client, stranger })) {
    await writeFile(path(`${name}.crt`), certificate);
    await writeFile(path(`${name}.key`), key);
  }
  const trust = {
    "ssl.client.auth": "required",
    "ssl.truststore.type": "PEM",
    "ssl.truststore.certificates": client.certificate,
  };
  const kafka = await startKafka({
    scramUsers: { [ALICE]: PASSWORD },
    settings: {
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "super.users": `User:ANONYMOUS;User:${ALICE};User:CN=client`,
    },
    listeners: {
      TLS: { protocol: "SSL", settings: keyStore(server) },
      ELSEWHERE: { protocol: "SSL", settings: keyStore(elsewhere) },
      MUTUAL: { protocol: "SSL", settings: { ...keyStore(server), ...trust } },
      LOGIN: { protocol: "SASL_PLAINTEXT", settings: logins() },
      SECURE: { protocol: "SASL_SSL", settings: { ...keyStore(server), ...logins() } },
    },
  });
  return {
    server: kafka,
    brokers: (listener) => kafka.listeners.get(listener) ?? kafka.brokers,
    path,
    stop: async () => {
      await kafka.stop();
      await rm(folder, { recursive: true });
    },
  };
}

function keyStore({ certificate, key }: Certificate): Record<string, string> {
  return { "ssl.keystore.type": "PEM", "ssl.keystore.certificate.chain": certificate, "ssl.keystore.key": key };
}

/** OAUTHBEARER takes tokens without a signature. */
function logins(): Record<string, string> {
  const module = (name: string, options = "") => `org.apache.kafka.common.security.${name} required${options};`;
  return {
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
    "plain.sasl.jaas.config": module(
      "plain.PlainLoginModule",
      ` user_${ALICE}="${PASSWORD}" user_${MALLORY}="${PASSWORD}"`,
    ),
    "scram-sha-256.sasl.jaas.config": module("scram.ScramLoginModule"),
    "scram-sha-512.sasl.jaas.config": module("scram.ScramLoginModule"),
    "oauthbearer.sasl.jaas.config": module(
      "oauthbearer.OAuthBearerLoginModule",
      ` unsecuredLoginStringClaim_sub="broker"`,
    ),
    "oauthbearer.sasl.server.callback.handler.class":
      "org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler",
  };
}

/** Without a signature: RFC 7515, appendix A.5. */
export function unsecuredToken(subject: string, lifeSeconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ sub: subject, iat: now, exp: now + lifeSeconds })}.`;
}
