import { createDatabase } from "@freshet/local-stack/testing";
import { Session } from "@freshet/postgres/session";
import { onTestFinished } from "vitest";

/** A session of the application's, whose tables are in `public`. */
export async function openClient(url: string): Promise<Session> {
  const client = await Session.open({ connectionString: url, applicationName: "application" });
  onTestFinished(() => client.close());
  await client.rows("SET search_path = public");
  return client;
}

/** A database of its own, in which the SQL was run. */
export async function openDatabase(sql: string): Promise<{ readonly url: string; readonly client: Session }> {
  const { url } = await createDatabase();
  const client = await openClient(url);
  await client.rows(sql);
  return { url, client };
}
