import { once } from "node:events";
import { createServer } from "node:http";
import { onTestFinished } from "vitest";

export interface TokenEndpoint {
  readonly url: string;
  /** Of the tokens that were given. */
  readonly given: () => number;
}

export interface TokenEndpointOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
  readonly issue: () => { readonly token: string; readonly lifeSeconds: number };
}

/** The client-credentials grant of RFC 6749, section 4.4, on the loopback interface, until the test has finished. */
export async function startTokenEndpoint(options: TokenEndpointOptions): Promise<TokenEndpoint> {
  const { clientId, clientSecret, scope, issue } = options;
  const expected = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
  let given = 0;
  const server = createServer((request, response) => {
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const asked = new URLSearchParams(body);
      const isGranted =
        request.headers.authorization === expected &&
        asked.get("grant_type") === "client_credentials" &&
        asked.get("scope") === scope;
      response.writeHead(isGranted ? 200 : 401, { "Content-Type": "application/json" });
      if (!isGranted) return response.end(JSON.stringify({ error: "invalid_client", error_description: body }));
      given += 1;
      const { token, lifeSeconds } = issue();
      return response.end(JSON.stringify({ access_token: token, token_type: "Bearer", expires_in: lifeSeconds }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/token`, given: () => given };
}
