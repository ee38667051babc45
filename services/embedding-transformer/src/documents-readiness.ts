import type { RunningDocuments } from "@freshet/generations/running-documents";
import type { Service } from "@freshet/process/run-service";

type Readiness = ReturnType<Service["readiness"]>;
type Place = Pick<RunningDocuments, "index" | "documents">;

/**
 * Whether all documents that searches find are being kept up to date, or what they wait for. Those of another generation
 * don't count: while one is being built, its model's download say, nothing is missing.
 */
export class DocumentsReadiness {
  readonly #readiness = new Map<string, () => Readiness>();
  #wanted: readonly Pick<RunningDocuments, "index" | "documents" | "serving">[] = [];
  #start: string | null = "starting";

  /** What must come before anything can run. */
  starting(reason: string): void {
    this.#start = reason;
  }

  wants(documents: Iterable<Place & Pick<RunningDocuments, "serving">>): void {
    this.#wanted = [...documents];
    this.#start = null;
  }

  waits(place: Place, reason: string): void {
    this.runs(place, () => ({ ready: false, reason }));
  }

  runs(place: Place, readiness: () => Readiness): void {
    this.#readiness.set(nameOf(place), readiness);
  }

  get current(): Readiness {
    if (this.#start !== null) return { ready: false, reason: this.#start };
    for (const place of this.#wanted.filter(({ serving }) => serving)) {
      const { ready, reason = "starting" } = this.#readiness.get(nameOf(place))?.() ?? { ready: false };
      if (!ready) return { ready, reason: `index ${place.index}: ${reason}` };
    }
    return { ready: true };
  }
}

function nameOf({ index, documents }: Place): string {
  return `${index}/${documents}`;
}
