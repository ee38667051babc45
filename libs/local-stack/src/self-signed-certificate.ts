import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Both as PEM. */
export interface Certificate {
  certificate: string;
  key: string;
}

export interface CertificateSubject {
  commonName?: string;
  /** As in `DNS:localhost,IP:127.0.0.1`. */
  alternativeNames?: string;
}

/**
 * A new certificate, its own authority, good for a day; for servers on this machine (127.0.0.1 and localhost) when nothing else
 * is said.
 *
 * @throws {Error} when there is no `openssl` on the PATH.
 */
export async function selfSignedCertificate({
  commonName = "localhost",
  alternativeNames = "DNS:localhost,IP:127.0.0.1",
}: CertificateSubject = {}): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), "freshet-certificate-"));
  const [certificate, key] = [join(folder, "server.crt"), join(folder, "server.key")];
  try {
    await promisify(execFile)("openssl", [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", `/CN=${commonName}`],
      ...["-addext", `subjectAltName=${alternativeNames}`, "-keyout", key, "-out", certificate],
    ]);
    return { certificate: await readFile(certificate, "utf8"), key: await readFile(key, "utf8") };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
