const counts = new Intl.NumberFormat("en");
const BYTE_UNITS = ["kB", "MB", "GB", "TB", "PB"];

/** `500,000`. */
export function formatCount(count: number): string {
  return counts.format(Math.round(count));
}

/** In powers of 1000: `42 MB`, `1.6 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = "B";
  for (const larger of BYTE_UNITS) {
    if (value < 999.5) break;
    value /= 1000;
    unit = larger;
  }
  const digits = unit === "B" || value >= 10 ? 0 : 1;
  return `${value.toFixed(digits)} ${unit}`;
}

/** `31 ms`, `4.2 s`, `42 s`, `5 min 3 s`, `3 h 12 min`, `4 d`; from ms. */
export function formatDuration(ms: number): string {
  if (ms < 950) return `${Math.round(Math.max(0, ms))} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} d`;
}

/** `12 s ago`; both in ms since the Unix epoch. */
export function ago(time: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}
