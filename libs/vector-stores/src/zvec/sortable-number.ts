/** More than the exponent of any double or of any integer that a row holds. */
const EXPONENT_BIAS = 500_000;
const EXPONENT_DIGITS = 6;
const DIGITS = "0123456789";

/**
 * A number as text of digits that sorts as numbers do, whatever its size: nothing is rounded, so that an integer beyond
 * 2^53 equals itself alone.
 *
 * @throws {RangeError} when it is infinite or no number.
 */
export function sortableNumber(value: number | bigint): string {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`${value} can't be compared`);
  const { negative, digits, exponent } = decimal(value);
  if (digits === "") return "1";
  const magnitude = String(exponent + EXPONENT_BIAS).padStart(EXPONENT_DIGITS, "0") + digits;
  // Below zero more is less; the letter ends shorter ones above longer ones.
  return negative ? `0${magnitude.replaceAll(/\d/g, complement)}z` : `2${magnitude}`;
}

/** 0.digits · 10^exponent, the first and the last digit not zero; no digits of zero. */
function decimal(value: number | bigint): {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
} {
  if (typeof value === "bigint" || Number.isInteger(value)) {
    const whole = String(BigInt(value)).replace("-", "");
    return { negative: value < 0, digits: whole.replace(/0+$/, ""), exponent: whole.length };
  }
  const [mantissa = "", power] = Math.abs(value).toExponential().split("e");
  return { negative: value < 0, digits: mantissa.replace(".", ""), exponent: Number(power) + 1 };
}

function complement(digit: string): string {
  return DIGITS[9 - Number(digit)] ?? digit;
}
