import { connect, type Socket } from "node:net";
import type { ISocketFactory } from "kafkajs";

const KEEP_ALIVE_DELAY_MS = 60_000;
/** RFC 8446, section 5.1: a record of type alert, of any version of TLS. */
const TLS_ALERT = Buffer.from([0x15, 0x03]);

export const TLS_EXPECTED = "ERR_TLS_EXPECTED";

/** The server answers the first request with a TLS alert. */
class TlsExpectedError extends Error {
  readonly code = TLS_EXPECTED;

  constructor() {
    super("the listener speaks TLS");
  }
}

/** kafkajs' own for connections without TLS, but for one thing: it would take an alert for a very long answer. */
export const openPlainSocket: ISocketFactory = ({ host, port, onConnect }): Socket => {
  const socket = connect({ host, port }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
  // An answer begins with its length: this one would have 352 MB.
  socket.once("data", (first) => {
    if (first.subarray(0, TLS_ALERT.length).equals(TLS_ALERT)) socket.destroy(new TlsExpectedError());
  });
  return socket;
};
