import { startPostgres, type PostgresServer } from "@freshet/local-stack/postgres";
import { selfSignedCertificate } from "@freshet/local-stack/self-signed-certificate";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SourceError } from "./errors.js";
import { Session, type PostgresAddress } from "./session.js";

describe("a server that takes encrypted connections only", () => {
  let server: PostgresServer;
  const folder = mkdtempSync(join(tmpdir(), "freshet-tls-"));
  const [root, other] = [join(folder, "root.crt"), join(folder, "other.crt")];

  beforeAll(async () => {
    const [own, foreign] = await Promise.all([selfSignedCertificate(), selfSignedCertificate()]);
    writeFileSync(root, own.certificate);
    writeFileSync(other, foreign.certificate);
    server = await startPostgres({
      settings: { ssl: "on", password_encryption: "scram-sha-256" },
      files: {
        "server.crt": own.certificate,
        "server.key": own.key,
        // SCRAM alone: a password in clear or hashed by MD5 isn't taken.
        "pg_hba.conf": "hostssl all,replication all 0.0.0.0/0 scram-sha-256\n",
      },
    });
  });

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const address = (change: Record<string, string>, more: Partial<PostgresAddress> = {}): PostgresAddress => {
    const url = new URL(server.url);
    for (const [name, value] of Object.entries(change)) {
      if (name === "host") url.hostname = value;
      else if (name === "password") url.password = value;
      else url.searchParams.set(name, value);
    }
    return { connectionString: url.href, applicationName: "test", ...more };
  };

  it.each<[string, () => PostgresAddress]>([
    ["named in the URL", () => address({ sslmode: "verify-full", sslrootcert: root })],
    ["named by PGSSLROOTCERT", () => address({}, { rootCertificate: root })],
    [
      "named by PGSSLROOTCERT, by the mode of the URL",
      () => address({ sslmode: "verify-full" }, { rootCertificate: root }),
    ],
    ["for the host's name", () => address({ host: "localhost" }, { rootCertificate: root })],
  ])("is known by its root certificate, %s, for SQL and for the WAL", async (_what, connect) => {
    for (const replication of [false, true]) {
      const session = await Session.open(connect(), { replication });
      const [encrypted, method] = await session.row(
        "SELECT ssl, (SELECT rolpassword FROM pg_authid WHERE rolname = current_user) FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
      );
      expect([encrypted, method?.slice(0, 13)]).toEqual(["t", "SCRAM-SHA-256"]);
      await session.close();
    }
  });

  it.each<[string, () => PostgresAddress, RegExp]>([
    ["another's certificate", () => address({}, { rootCertificate: other }), /isn't signed by an authority/],
    [
      "no known authority",
      () => address({ sslmode: "verify-full" }),
      /isn't signed by an authority .*PGSSLROOTCERT\.$/,
    ],
    ["another host's name", () => address({ host: "127.1" }, { rootCertificate: root }), /made out to another host/],
    ["no such file", () => address({ sslrootcert: join(folder, "no.crt") }), /can't be read .*no\.crt.*sslrootcert/],
    ["no encryption", () => address({ sslmode: "disable" }), /no encryption.*set sslmode=verify-full/],
    ["a wrong password", () => address({ password: "wrong" }, { rootCertificate: root }), /refused the password/],
  ])("is refused with %s, in one sentence", async (_what, connect, message) => {
    const refused = Session.open(connect());
    await expect(refused).rejects.toThrow(SourceError);
    await expect(refused).rejects.toThrow(message);
  });
});

it("says so when a server has no encryption to offer", async () => {
  const server = await startPostgres();
  try {
    const connectionString = `${server.url}?sslmode=verify-full`;
    await expect(Session.open({ connectionString, applicationName: "test" })).rejects.toThrow(
      /doesn't offer encrypted connections.*sslmode=disable/,
    );
  } finally {
    await server.stop();
  }
});
