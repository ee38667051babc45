/** What the hub says of a file before it sends it; null for what it doesn't say. */
export interface HubFile {
  /** In bytes. */
  readonly size: number | null;
  /** Of files in large file storage, as the weights are. */
  readonly sha256: string | null;
  /** The git object's id, of the other files. */
  readonly gitSha1: string | null;
}

const REDIRECTS = 5;

/**
 * Asks by `HEAD`, as the hub's own client does: the answer of the hub itself names the file, before it leads on to
 * the storage (headers `X-Linked-Etag`, `X-Linked-Size`; without them `ETag`, `Content-Length`).
 *
 * @returns null when the hub has no such file.
 * @throws {Error} when the hub gives no other answer.
 */
export async function readHubFile(hubUrl: string, repository: string, file: string): Promise<HubFile | null> {
  let url = new URL(`${repository}/resolve/main/${file}`, hubUrl);
  for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
    // Not compressed, so that the length is the file's.
    const headers = { "Accept-Encoding": "identity" };
    const answer = await fetch(url, { method: "HEAD", redirect: "manual", headers });
    if (answer.status === 404) return null;
    const location = answer.headers.get("Location");
    const linked = answer.headers.has("X-Linked-Etag");
    if (location !== null && !linked) {
      // A repository that has another name by now.
      url = new URL(location, url);
    } else if (answer.ok || linked) {
      return describe(answer.headers);
    } else if (answer.status === 401 || answer.status === 403) {
      // The package that downloads has the token, and says what is wrong with it.
      return describe(new Headers());
    } else {
      throw new Error(`the hub answered with status ${answer.status}`);
    }
  }
  throw new Error("the hub leads in a circle");
}

function describe(headers: Headers): HubFile {
  const tag = (headers.get("X-Linked-Etag") ?? headers.get("ETag") ?? "").replace(/^(W\/)?"|"$/g, "");
  const size = Number.parseInt(headers.get("X-Linked-Size") ?? headers.get("Content-Length") ?? "", 10);
  return {
    size: Number.isNaN(size) ? null : size,
    sha256: /^[0-9a-f]{64}$/.test(tag) ? tag : null,
    gitSha1: /^[0-9a-f]{40}$/.test(tag) ? tag : null,
  };
}
