// #region security
import { readFileSync } from "node:fs";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";

export interface User {
  readonly name: string;
  readonly passwordFile: string;
  /** The certificate of the brokers' authority. */
  readonly caFile: string;
}

export function secured(plain: KafkaConnection, { name, passwordFile, caFile }: User): KafkaConnection {
  const password = () => readFileSync(passwordFile, "utf8").trim();
  return {
    ...plain,
    security: {
      protocol: "SASL_SSL",
      tls: { caFile },
      login: { mechanism: "SCRAM-SHA-512", username: name, password },
    },
  };
}
// #endregion
