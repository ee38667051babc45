import { runInFlight } from "@freshet/vector-stores/in-flight";
import { slices } from "@freshet/vector-stores/slices";
import type { Point } from "@freshet/vector-stores/vector-store";
import { rate } from "./rate.js";
import { specNamed } from "./rows.js";
import type { BareClient, BareCollection, RequestSettings } from "./subject.js";

let collections = 0;

/** A store's own client in a loop, and nothing between. */
export class BareLoop {
  readonly name: string;
  readonly #client: BareClient;
  readonly #settings: RequestSettings;

  private constructor(client: BareClient, settings: RequestSettings) {
    this.name = `${client.name}, ${settings.points} × ${settings.inFlight}`;
    this.#client = client;
    this.#settings = settings;
  }

  /** With those of the client's settings that write the points fastest. */
  static async best(
    client: BareClient,
    points: readonly Point[],
    onProgress: (message: string) => void,
  ): Promise<BareLoop> {
    let best: { readonly loop: BareLoop; readonly reached: number } | undefined;
    for (const settings of client.settings) {
      const loop = new BareLoop(client, settings);
      const reached = await loop.withCollection((bare) => rate(points.length, () => loop.write(bare, points)));
      onProgress(`${loop.name}: ${Math.round(reached)} points/s`);
      if (!best || reached > best.reached) best = { loop, reached };
    }
    if (!best) throw new Error(`No settings to try with ${client.name}.`);
    return best.loop;
  }

  /** One point a request, one request at a time: what a first program does. */
  static oneByOne(client: BareClient): BareLoop {
    return new BareLoop(client, { points: 1, inFlight: 1 });
  }

  write(bare: BareCollection, points: readonly Point[]): Promise<void> {
    const { points: most, inFlight } = this.#settings;
    const requests = [...slices(points, most)];
    return runInFlight(
      inFlight,
      requests.map((some) => () => bare.upsert(some)),
    );
  }

  open(): Promise<BareCollection> {
    return this.#client.open(specNamed(`bench_bare_${process.pid}_${++collections}`));
  }

  async withCollection<T>(work: (bare: BareCollection) => Promise<T>): Promise<T> {
    const bare = await this.open();
    try {
      return await work(bare);
    } finally {
      await bare.drop();
    }
  }
}
