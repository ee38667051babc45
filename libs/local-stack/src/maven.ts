import { execFile } from "node:child_process";
import { promisify } from "node:util";

const DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";

export interface DownloadOptions {
  /** What a person calls it: "Apache Kafka 4.3.1". */
  name: string;
  /** Of the dependency plugin. */
  goal: "copy-dependencies" | "unpack";
  arguments: string[];
  /** Where Maven may leave its traces. */
  folder: string;
}

/** @throws {Error} with Maven's own reason, when something can't be had. */
export async function downloadWithMaven(options: DownloadOptions): Promise<void> {
  const args = ["--quiet", "--batch-mode", "--no-transfer-progress", "-Dstyle.color=never"];
  try {
    await promisify(execFile)("mvn", [...args, `${DEPENDENCY_PLUGIN}:${options.goal}`, ...options.arguments], {
      cwd: options.folder,
    });
  } catch (cause) {
    throw new Error(`${options.name} could not be downloaded with Maven: ${reason(cause)}`, { cause });
  }
}

function reason(error: unknown): string {
  const output = error instanceof Error && "stdout" in error && typeof error.stdout === "string" ? error.stdout : "";
  const line = output.split("\n").find((text) => text.startsWith("[ERROR]"));
  return line?.replace("[ERROR]", "").trim() ?? String(error);
}
