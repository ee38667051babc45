import type { Mechanism } from "kafkajs";
import { FatalError, RetriableError } from "../../errors.js";
import { type AccessToken, type AccessTokens, MIN_LIFE_MS } from "./access-token.js";

const SEPARATOR = "\u0001";
const LENGTH_BYTES = 4;

/**
 * SASL OAUTHBEARER (RFC 7628) in the place of kafkajs' own, which takes a refusal for a success: the broker closes the
 * connection at the next request, and nobody learns why. Besides, kafkajs would make other errors of those of `tokens`.
 */
export function oauthBearer(tokens: AccessTokens): Mechanism {
  return {
    mechanism: "OAUTHBEARER",
    authenticationProvider: ({ host, port, saslAuthenticate }) => ({
      authenticate: async () => {
        const request = initialResponse(alive(await tokens.current()));
        const challenge = await saslAuthenticate({
          request: { encode: () => request },
          response: { decode: (raw) => raw.subarray(LENGTH_BYTES), parse: (data) => data.toString() },
        });
        // Section 3.2.2: only a refusal says anything.
        if (typeof challenge !== "string" || challenge === "") return;
        const status = /"status" *: *"([a-z_]{1,40})"/.exec(challenge)?.[1] ?? "no reason given";
        throw new FatalError(
          `Kafka at ${host}:${port} refuses the OAUTHBEARER token (${status}): check who issues it, its audience and scope.`,
        );
      },
    }),
  };
}

function alive({ value, name, expiresAt }: AccessToken): string {
  if (expiresAt === null || Date.now() + MIN_LIFE_MS < expiresAt) return value;
  throw new RetriableError(`${name} is good until ${new Date(expiresAt).toISOString()} only: it has to be renewed.`);
}

/** Section 3.1, with the length before it, which kafkajs expects of an encoder. */
function initialResponse(token: string): Buffer {
  const message = Buffer.from(`n,,${SEPARATOR}auth=Bearer ${token}${SEPARATOR}${SEPARATOR}`);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeInt32BE(message.length);
  return Buffer.concat([length, message]);
}
