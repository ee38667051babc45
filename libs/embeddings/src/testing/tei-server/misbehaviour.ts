import { status } from "@grpc/grpc-js";
import type { RemoteFault } from "../../contract/remote-faults.js";
import type { EmbedResponseInput } from "../../generated/tei/v1/EmbedResponse.js";
import type { Faults } from "../faults.js";
import { StatusError } from "./status-error.js";
import type { AskedText, Behaviour } from "./tei-server.js";

export interface MisbehaviourOptions {
  readonly faults: Faults;
  /** A stream knows no requests; so many texts of a call in a row count as one. */
  readonly textsPerRequest: number;
  /** Ends the server's connections. */
  readonly reset: () => void;
}

/** The faults as a stream of single texts has them. */
export function misbehaviour({ faults, textsPerRequest, reset }: MisbehaviourOptions): Behaviour {
  const ofCall = new Map<number, RemoteFault | null>();
  return async (asked, answer) => {
    const place = asked.place % textsPerRequest;
    if (place === 0) ofCall.set(asked.call, faults.next());
    const fault = ofCall.get(asked.call);
    if (!fault) {
      const right = await answer();
      faults.seen.embedded.push(asked.text);
      return [right];
    }
    if (fault.kind === "connection-reset") reset();
    return goWrong(fault, { ...asked, place, last: textsPerRequest - 1 }, answer);
  };
}

async function goWrong(
  fault: RemoteFault,
  { text, place, last }: AskedText & { readonly last: number },
  answer: () => Promise<EmbedResponseInput>,
): Promise<readonly EmbedResponseInput[]> {
  switch (fault.kind) {
    case "wrong-count":
      return place === 0 ? [] : [await answer()];
    case "half-answer":
      if (place > last / 2) throw new StatusError(status.OK, "");
      return [await answer()];
    case "not-a-number": {
      const right = await answer();
      return [
        text.includes(fault.text ?? "") ? { ...right, embeddings: right.embeddings?.map(() => NaN) ?? [] } : right,
      ];
    }
    case "other-dimension": {
      const right = await answer();
      return [{ ...right, embeddings: right.embeddings?.slice(1) ?? [] }];
    }
    case "refused-text":
      if (!text.includes(fault.text ?? "")) return [await answer()];
      throw new StatusError(status.INVALID_ARGUMENT, "`inputs` can't be embedded");
    case "html":
      throw new StatusError(status.UNKNOWN, "Received HTTP status code 500");
    case "failure":
      throw new StatusError(status.UNAVAILABLE, "model is not healthy");
    case "rate-limit":
      throw new StatusError(status.RESOURCE_EXHAUSTED, "model is overloaded", {
        "grpc-retry-pushback-ms": String(fault.retryAfterSeconds * 1000),
      });
    case "unauthorized":
      throw new StatusError(status.UNAUTHENTICATED, "No valid auth token");
    case "hang":
    case "connection-reset":
      return new Promise(() => {});
    case "other-order":
    case "too-large":
      throw new RangeError(`A stream of single texts has no ${fault.kind}.`);
    default:
      return fault satisfies never;
  }
}
