import type { ServiceContext } from "@freshet/process/run-service";
import { isSameSecret } from "@freshet/process/same-secret";
import { formatTableName, parseTableName } from "@freshet/process/table-name";
import { NotPollingError, type SyncRequests } from "./sync-requests.js";

export interface SyncRouteOptions {
  readonly apiKey: string;
  /** Null where changes come by themselves, from the WAL. */
  readonly requests: SyncRequests | null;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** `POST /sync`: what changed in the database is to be read now, and not at the end of the interval. */
export async function addSyncRoute(http: ServiceContext["http"], options: SyncRouteOptions): Promise<void> {
  await http.register(async (scope) => {
    // A webhook's body, whatever it is, says nothing that we ask.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, payload, done) => {
      payload.resume();
      done(null);
    });
    scope.addHook("onRequest", async (request, reply) => {
      const given = bearer(request.headers.authorization) ?? request.headers["x-api-key"];
      if (typeof given === "string" && isSameSecret(given, options.apiKey)) return;
      const detail = "Send the key of FRESHET_SYNC_API_KEY as authorization: Bearer …, or as x-api-key.";
      const { status, body } = problem(401, "Unauthorized", detail);
      return reply
        .code(status)
        .header("www-authenticate", "Bearer")
        .type("application/problem+json")
        .send(JSON.stringify(body));
    });
    scope.post<{ Querystring: Readonly<Record<string, unknown>> }>("/sync", async (request, reply) => {
      const { status, body } = await answer(options.requests, request.query);
      const type = status < 400 ? "application/json" : "application/problem+json";
      return reply.code(status).type(type).send(JSON.stringify(body));
    });
    await Promise.resolve();
  });
}

async function answer(requests: SyncRequests | null, query: Readonly<Record<string, unknown>>): Promise<Answer> {
  if (requests === null) {
    return problem(409, "Conflict", "source.mode is wal: changes come by themselves, as soon as they are committed.");
  }
  const { table, wait = "false" } = query;
  if (wait !== "true" && wait !== "false") {
    return problem(400, "Bad Request", "wait is true or false: whether to answer only when the round is over.");
  }
  const { tables } = requests;
  const wanted = tables === null ? [] : wantedTables(table, tables);
  if (wanted === null) {
    return problem(
      404,
      "Not Found",
      `There is no such table among ${tables?.join(", ") ?? ""}: name it as schema.table.`,
    );
  }
  const begun = performance.now();
  const done = requests.request(wanted);
  try {
    if (tables !== null && wait === "false") return { status: 202, body: { accepted: wanted } };
    const statistics = await done;
    return { status: 200, body: { ...statistics, tookMs: Math.round(performance.now() - begun) } };
  } catch (error) {
    if (!(error instanceof NotPollingError)) throw error;
    return problem(503, "Service Unavailable", `The source isn't polled here just now: ${error.message}`);
  }
}

/** Null: none of them. */
function wantedTables(given: unknown, tables: readonly string[]): readonly string[] | null {
  if (given === undefined) return tables;
  const name = typeof given === "string" ? parseTableName(given) : null;
  const label = name === null ? null : formatTableName(name);
  return label !== null && tables.includes(label) ? [label] : null;
}

function problem(status: number, title: string, detail: string): Answer {
  return { status, body: { type: "about:blank", title, status, detail } };
}

function bearer(header: string | undefined): string | undefined {
  return /^Bearer +(.+)$/i.exec(header ?? "")?.[1];
}
