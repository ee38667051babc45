import type { KafkaConnection } from "./connection.js";
import { TLS_EXPECTED } from "./plain-socket.js";

type Brokers = Pick<KafkaConnection, "brokers" | "security">;

/** OpenSSL's, of X509_verify_cert_error_string(3), by Node's names. */
const UNTRUSTED = new Set([
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);
const CERTIFICATE_ALERT =
  /^ERR_SSL_.*ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_|UNKNOWN_CA|ACCESS_DENIED)/;
const HANDSHAKE_ALERT = /^ERR_SSL_.*(ALERT_HANDSHAKE_FAILURE|ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)/;

/** What a person has to change before TLS or a login can succeed; undefined for anything else. */
export function refusedConnection(error: Error, connection: Brokers): string | undefined {
  const kafka = `Kafka at ${brokerOf(error, connection)}`;
  return tlsRefusal(codeOf(error), kafka) ?? loginRefusal(error, kafka);
}

function tlsRefusal(code: string, kafka: string): string | undefined {
  if (code === TLS_EXPECTED) return `${kafka} expects TLS: set FRESHET_KAFKA_SECURITY_PROTOCOL to SSL or SASL_SSL.`;
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER") return `${kafka} answers without TLS: ${NO_TLS}.`;
  if (UNTRUSTED.has(code)) {
    return `${kafka} has a certificate of an authority that isn't trusted here (${code}): set FRESHET_KAFKA_CA_FILE.`;
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return (
      `${kafka} has a certificate for other names: use one of them in FRESHET_KAFKA_BROKERS and in the broker's ` +
      "advertised.listeners, or add this one to the certificate."
    );
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return `${kafka} has a certificate that isn't valid today (${code}): renew it, or set the clock.`;
  }
  if (CERTIFICATE_ALERT.test(code)) {
    return (
      `${kafka} refuses this client's certificate, or the lack of one (${code}): set FRESHET_KAFKA_CERTIFICATE_FILE ` +
      "and FRESHET_KAFKA_KEY_FILE to one that it trusts."
    );
  }
  return HANDSHAKE_ALERT.test(code)
    ? `${kafka} and Node have no version or cipher of TLS in common (${code}).`
    : undefined;
}

function loginRefusal(error: Error, kafka: string): string | undefined {
  const type = "type" in error ? error.type : undefined;
  if (type === "ILLEGAL_SASL_STATE") {
    return `${kafka} takes no login: set FRESHET_KAFKA_SECURITY_PROTOCOL to PLAINTEXT or SSL.`;
  }
  if (type === "UNSUPPORTED_SASL_MECHANISM") {
    return `${kafka} doesn't offer this way to log in: set FRESHET_KAFKA_SASL_MECHANISM to one that it does.`;
  }
  if (error.name !== "KafkaJSSASLAuthenticationError" || BROKEN_OFF.test(error.message)) return undefined;
  return `${kafka} refuses the login (${error.message}): check FRESHET_KAFKA_USERNAME and FRESHET_KAFKA_PASSWORD.`;
}

/** kafkajs says the same of a refused login and of one whose connection ended. */
const BROKEN_OFF = /failed: (Connection |Closed connection|Not connected|Request .* timed out)/;
const NO_TLS = "set FRESHET_KAFKA_SECURITY_PROTOCOL to PLAINTEXT or SASL_PLAINTEXT";

/**
 * When a broker closes a connection because of how it was spoken to. It does the same when it stops, so nobody can tell;
 * undefined where that is all that it can mean.
 */
export function closedConnection(error: Error, connection: Brokers): string | undefined {
  const kafka = `Kafka at ${brokerOf(error, connection)}`;
  const protocol = connection.security?.protocol ?? "PLAINTEXT";
  if (codeOf(error) === "ECONNRESET" && error.message.includes("before secure TLS connection")) {
    return `${kafka} ended a connection before TLS began; unless it was stopping, ${NO_TLS}.`;
  }
  if (error.name !== "KafkaJSConnectionClosedError" || protocol.startsWith("SASL")) return undefined;
  const other = protocol === "SSL" ? "SASL_SSL" : "SASL_PLAINTEXT";
  return `${kafka} closed a connection; unless it was stopping, set FRESHET_KAFKA_SECURITY_PROTOCOL to ${other}.`;
}

function brokerOf(error: Error, { brokers }: Brokers): string {
  return "broker" in error && typeof error.broker === "string" ? error.broker : brokers.join(", ");
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
