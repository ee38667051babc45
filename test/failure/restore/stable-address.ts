import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface StableAddress {
  /** The login of the first server's URL, at this address. */
  readonly url: string;
  /** Ends the connections that there are; new ones go to the server of this URL. */
  lead(serverUrl: string): void;
}

/** One address for whichever server is the primary, as a managed database has it, until the test ends. */
export async function openStableAddress(serverUrl: string): Promise<StableAddress> {
  let target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port) });
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  const endConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    endConnections();
    server.close();
  });
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    lead: (to) => {
      target = new URL(to);
      endConnections();
    },
  };
}
