import { z } from "zod";
import { ConfigurationError } from "./configuration-file.js";
import { findSecret, type Secret } from "./secret.js";

const text = z.preprocess((value) => (value === "" ? undefined : value), z.string().optional());

/** Each secret also as the path of a file, which containers are given more safely than a variable. */
export const kafkaSecurityVariables = {
  FRESHET_KAFKA_SECURITY_PROTOCOL: text,
  FRESHET_KAFKA_CA_FILE: text,
  FRESHET_KAFKA_CERTIFICATE_FILE: text,
  FRESHET_KAFKA_KEY_FILE: text,
  FRESHET_KAFKA_KEY_PASSWORD: text,
  FRESHET_KAFKA_KEY_PASSWORD_FILE: text,
  FRESHET_KAFKA_SASL_MECHANISM: text,
  FRESHET_KAFKA_USERNAME: text,
  FRESHET_KAFKA_PASSWORD: text,
  FRESHET_KAFKA_PASSWORD_FILE: text,
  FRESHET_KAFKA_OAUTH_TOKEN_FILE: text,
  FRESHET_KAFKA_OAUTH_TOKEN_URL: text,
  FRESHET_KAFKA_OAUTH_CLIENT_ID: text,
  FRESHET_KAFKA_OAUTH_CLIENT_SECRET: text,
  FRESHET_KAFKA_OAUTH_CLIENT_SECRET_FILE: text,
  FRESHET_KAFKA_OAUTH_SCOPE: text,
};

type Variable = keyof typeof kafkaSecurityVariables;
type SecretVariable = "FRESHET_KAFKA_KEY_PASSWORD" | "FRESHET_KAFKA_PASSWORD" | "FRESHET_KAFKA_OAUTH_CLIENT_SECRET";

export type KafkaSecurityVariables = Readonly<Partial<Record<Variable, string | undefined>>>;

/** The variables that were set, and which of them were of use. */
export class GivenVariables {
  readonly #given: KafkaSecurityVariables;
  readonly #used = new Set<string>();

  constructor(given: KafkaSecurityVariables) {
    this.#given = given;
  }

  optional(name: Variable): string | undefined {
    this.#used.add(name);
    return this.#given[name];
  }

  /** @param purpose what it is needed for. */
  required(name: Variable, purpose: string): string {
    const value = this.optional(name);
    if (value === undefined) throw new ConfigurationError(`Set ${name}: ${purpose} needs it.`);
    return value;
  }

  choice<T extends string>(name: Variable, choices: readonly T[]): T | undefined {
    const value = this.optional(name);
    if (value === undefined) return undefined;
    const chosen = choices.find((choice) => choice === value.toUpperCase());
    if (chosen === undefined) throw new ConfigurationError(`${name}: expected one of ${choices.join(", ")}.`);
    return chosen;
  }

  /** From the variable, or from the file that the variable with `_FILE` behind its name gives the path of. */
  optionalSecret(name: SecretVariable): Secret | undefined {
    this.optional(name);
    this.optional(`${name}_FILE`);
    return findSecret(this.#given, name);
  }

  requiredSecret(name: SecretVariable, purpose: string): Secret {
    const secret = this.optionalSecret(name);
    if (secret === undefined) throw new ConfigurationError(`Set ${name} or ${name}_FILE: ${purpose} needs it.`);
    return secret;
  }

  /** Something that has no effect is most likely a mistake about how safe the rest is. */
  requireAllUsed(): void {
    const unused = Object.entries(this.#given)
      .filter(([name, value]) => name in kafkaSecurityVariables && value !== undefined && !this.#used.has(name))
      .map(([name]) => name);
    if (unused.length === 0) return;
    throw new ConfigurationError(
      `${unused.join(", ")}: without effect beside the given FRESHET_KAFKA_SECURITY_PROTOCOL and ` +
        "FRESHET_KAFKA_SASL_MECHANISM; change these, or unset it.",
    );
  }
}
