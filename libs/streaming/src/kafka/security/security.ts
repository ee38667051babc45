import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext } from "node:tls";
import type { KafkaConfig } from "kafkajs";
import { FatalError } from "../../errors.js";
import type { AccessTokens } from "./access-token.js";
import { ClientCredentialsGrant, type ClientCredentials } from "./client-credentials.js";
import { oauthBearer } from "./oauth-bearer.js";
import { openPlainSocket } from "../plain-socket.js";
import { askSecret, type Secret } from "./secret.js";
import { TokenFile } from "./token-file.js";

/** By the names of Kafka's `security.protocol`. */
export type KafkaSecurity =
  | { readonly protocol: "PLAINTEXT" }
  | { readonly protocol: "SSL"; readonly tls: TlsFiles }
  | { readonly protocol: "SASL_PLAINTEXT"; readonly login: SaslLogin }
  | { readonly protocol: "SASL_SSL"; readonly tls: TlsFiles; readonly login: SaslLogin };

/** PEM files, read anew for each client. */
export interface TlsFiles {
  /** The authorities that may have signed the brokers' certificates; Node's own when absent. */
  readonly caFile?: string;
  /** For brokers that want to know their clients by certificate. */
  readonly client?: { readonly certificateFile: string; readonly keyFile: string; readonly keyPassword?: Secret };
}

export type SaslLogin =
  | {
      readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
      readonly username: string;
      readonly password: Secret;
    }
  | { readonly mechanism: "OAUTHBEARER"; readonly tokens: TokenOrigin };

/** A file that somebody else keeps fresh, or the OAuth 2.0 client-credentials grant. */
export type TokenOrigin = { readonly file: string } | { readonly endpoint: ClientCredentials };

/**
 * What kafkajs has to be told.
 *
 * @throws {FatalError} when a file or secret can't be read or used.
 */
export function securityConfig(
  security: KafkaSecurity = { protocol: "PLAINTEXT" },
): Pick<KafkaConfig, "ssl" | "sasl" | "socketFactory"> {
  switch (security.protocol) {
    case "PLAINTEXT":
      return { socketFactory: openPlainSocket };
    case "SSL":
      return { ssl: { secureContext: secureContext(security.tls) } };
    case "SASL_PLAINTEXT":
      return { socketFactory: openPlainSocket, sasl: saslConfig(security.login) };
    case "SASL_SSL":
      return { ssl: { secureContext: secureContext(security.tls) }, sasl: saslConfig(security.login) };
    default:
      return security satisfies never;
  }
}

/** Made here, because kafkajs would take what is wrong with the files for a broker that is away. */
function secureContext({ caFile, client }: TlsFiles): SecureContext {
  const ca = caFile === undefined ? undefined : readFile(caFile);
  const keys =
    client === undefined
      ? {}
      : {
          cert: readFile(client.certificateFile),
          key: readFile(client.keyFile),
          ...(client.keyPassword === undefined ? {} : { passphrase: askSecret(client.keyPassword) }),
        };
  // OpenSSL passes over what is no certificate among the authorities, and trusts nobody then.
  if (ca !== undefined) usable(caFile ?? "", () => new X509Certificate(ca));
  const names = client === undefined ? (caFile ?? "") : `${client.certificateFile} with ${client.keyFile}`;
  return usable(names, () => createSecureContext({ ...(ca === undefined ? {} : { ca }), ...keys }));
}

function saslConfig(login: SaslLogin): NonNullable<KafkaConfig["sasl"]> {
  if (login.mechanism === "OAUTHBEARER") return oauthBearer(accessTokens(login.tokens));
  const { username, mechanism } = login;
  const password = askSecret(login.password);
  switch (mechanism) {
    case "PLAIN":
      return { mechanism: "plain", username, password };
    case "SCRAM-SHA-256":
      return { mechanism: "scram-sha-256", username, password };
    case "SCRAM-SHA-512":
      return { mechanism: "scram-sha-512", username, password };
    default:
      return mechanism satisfies never;
  }
}

function accessTokens(origin: TokenOrigin): AccessTokens {
  return "file" in origin ? new TokenFile(origin.file) : new ClientCredentialsGrant(origin.endpoint);
}

function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new FatalError(`${path} can't be read (${codeOf(error)}).`);
  }
}

function usable<T>(files: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw new FatalError(
      `TLS can't use ${files} (${codeOf(error)}): expected PEM, and a key that fits its certificate.`,
    );
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error);
}
