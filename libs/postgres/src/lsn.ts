/** Postgres' text of a WAL position, `16/B374D848`, as bytes since the beginning of the WAL. */
export function parseLsn(text: string): bigint {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  if (!match) throw new RangeError(`"${text}" is not a WAL position; expected X/Y in hexadecimal`);
  return (BigInt(`0x${match[1] ?? ""}`) << 32n) | BigInt(`0x${match[2] ?? ""}`);
}

export function formatLsn(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}
