import { ConfigurationError } from "./configuration-file.js";
import { GivenVariables, type KafkaSecurityVariables } from "./kafka-variables.js";
import type { Secret } from "./secret.js";

/** As `@freshet/streaming` takes it. */
export type KafkaSecurity =
  | { readonly protocol: "PLAINTEXT" }
  | { readonly protocol: "SSL"; readonly tls: TlsFiles }
  | { readonly protocol: "SASL_PLAINTEXT"; readonly login: SaslLogin }
  | { readonly protocol: "SASL_SSL"; readonly tls: TlsFiles; readonly login: SaslLogin };

interface TlsFiles {
  readonly caFile?: string;
  readonly client?: { readonly certificateFile: string; readonly keyFile: string; readonly keyPassword?: Secret };
}

type SaslLogin =
  | {
      readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
      readonly username: string;
      readonly password: Secret;
    }
  | {
      readonly mechanism: "OAUTHBEARER";
      readonly tokens: { readonly file: string } | { readonly endpoint: ClientCredentials };
    };

interface ClientCredentials {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scope?: string;
}

const PROTOCOLS = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] as const;
const MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] as const;

/** @throws {ConfigurationError} when a variable is missing, unknown, or without effect beside the others. */
export function parseKafkaSecurity(given: KafkaSecurityVariables): KafkaSecurity {
  const variables = new GivenVariables(given);
  const security = readSecurity(variables);
  variables.requireAllUsed();
  return security;
}

function readSecurity(variables: GivenVariables): KafkaSecurity {
  const protocol = variables.choice("FRESHET_KAFKA_SECURITY_PROTOCOL", PROTOCOLS) ?? "PLAINTEXT";
  switch (protocol) {
    case "PLAINTEXT":
      return { protocol };
    case "SSL":
      return { protocol, tls: readTls(variables) };
    case "SASL_PLAINTEXT":
      return { protocol, login: readLogin(variables, protocol) };
    case "SASL_SSL":
      return { protocol, tls: readTls(variables), login: readLogin(variables, protocol) };
    default:
      return protocol satisfies never;
  }
}

function readTls(variables: GivenVariables): TlsFiles {
  const caFile = variables.optional("FRESHET_KAFKA_CA_FILE");
  const client = readClientCertificate(variables);
  return { ...(caFile === undefined ? {} : { caFile }), ...(client === undefined ? {} : { client }) };
}

function readClientCertificate(variables: GivenVariables): TlsFiles["client"] {
  const certificateFile = variables.optional("FRESHET_KAFKA_CERTIFICATE_FILE");
  if (certificateFile === undefined) return undefined;
  const keyFile = variables.required("FRESHET_KAFKA_KEY_FILE", "FRESHET_KAFKA_CERTIFICATE_FILE");
  const keyPassword = variables.optionalSecret("FRESHET_KAFKA_KEY_PASSWORD");
  return { certificateFile, keyFile, ...(keyPassword === undefined ? {} : { keyPassword }) };
}

function readLogin(variables: GivenVariables, protocol: string): SaslLogin {
  const mechanism = variables.choice("FRESHET_KAFKA_SASL_MECHANISM", MECHANISMS);
  if (mechanism === undefined) throw new ConfigurationError(`Set FRESHET_KAFKA_SASL_MECHANISM: ${protocol} needs it.`);
  if (mechanism === "OAUTHBEARER") return { mechanism, tokens: readTokens(variables) };
  return {
    mechanism,
    username: variables.required("FRESHET_KAFKA_USERNAME", mechanism),
    password: variables.requiredSecret("FRESHET_KAFKA_PASSWORD", mechanism),
  };
}

function readTokens(variables: GivenVariables): Extract<SaslLogin, { mechanism: "OAUTHBEARER" }>["tokens"] {
  const file = variables.optional("FRESHET_KAFKA_OAUTH_TOKEN_FILE");
  if (file !== undefined) return { file };
  const purpose = "OAUTHBEARER without FRESHET_KAFKA_OAUTH_TOKEN_FILE";
  const url = variables.required("FRESHET_KAFKA_OAUTH_TOKEN_URL", purpose);
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : "")) {
    throw new ConfigurationError("FRESHET_KAFKA_OAUTH_TOKEN_URL: expected the https:// address of a token endpoint.");
  }
  const scope = variables.optional("FRESHET_KAFKA_OAUTH_SCOPE");
  return {
    endpoint: {
      url,
      clientId: variables.required("FRESHET_KAFKA_OAUTH_CLIENT_ID", purpose),
      clientSecret: variables.requiredSecret("FRESHET_KAFKA_OAUTH_CLIENT_SECRET", purpose),
      ...(scope === undefined ? {} : { scope }),
    },
  };
}
