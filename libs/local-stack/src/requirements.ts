import { execFile } from "node:child_process";
import { promisify } from "node:util";

const OLDEST_JAVA = 17;

/** What something that is about to be started or downloaded needs. */
export interface Needs {
  java: boolean;
  maven: boolean;
}

/** What this machine has: Java's major version, undefined without Java. */
export interface Found {
  java: number | undefined;
  maven: boolean;
}

/** @throws {Error} that says in one sentence what is missing and how to install it. */
export async function checkRequirements(needs: Needs): Promise<void> {
  if (!needs.java && !needs.maven) return;
  const [java, maven] = await Promise.all([
    outputOf("java", "-version"),
    needs.maven ? outputOf("mvn", "--version") : "",
  ]);
  const missing = missingRequirements(needs, { java: javaVersion(java), maven: maven !== undefined });
  if (missing !== undefined) throw new Error(missing);
}

/** One sentence about what is missing and the command that installs it; undefined when all is there. */
export function missingRequirements(needs: Needs, found: Found): string | undefined {
  // Maven is a Java program too.
  const lacksJava = found.java === undefined || (needs.java && found.java < OLDEST_JAVA);
  const lacksMaven = needs.maven && !found.maven;
  if (!lacksJava && !lacksMaven) return undefined;
  const present = found.java === undefined ? "none is" : `version ${found.java} is`;
  const names = [
    ...(lacksJava ? [`Java ${OLDEST_JAVA} or newer (${present} on the PATH)`] : []),
    ...(lacksMaven ? ["Maven"] : []),
  ];
  const debian = [...(lacksJava ? ["openjdk-17-jre-headless"] : []), ...(lacksMaven ? ["maven"] : [])].join(" ");
  const macos = [...(lacksJava ? ["temurin"] : []), ...(lacksMaven ? ["maven"] : [])].join(" ");
  return (
    `The local stack needs ${names.join(" and ")}: install with \`sudo apt-get install -y ${debian}\` (Debian, Ubuntu) ` +
    `or \`brew install ${macos}\` (macOS).`
  );
}

/** The major version in what `java -version` prints: 17 of "17.0.15", 8 of "1.8.0_402". */
export function javaVersion(output: string | undefined): number | undefined {
  const major = /version "(?:1\.)?(\d+)/.exec(output ?? "")?.[1];
  return major === undefined ? undefined : Number(major);
}

/** Everything that the command prints; undefined when it can't be run or fails. */
async function outputOf(command: string, flag: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [flag]);
    return stdout + stderr;
  } catch {
    return undefined;
  }
}
