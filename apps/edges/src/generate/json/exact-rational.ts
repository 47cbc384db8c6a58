/**
 * Decides whether a number has all the written digits, with whole numbers
 * alone: the exact values of the written number and of the double are both
 * fractions of integers.
 */

interface Rational {
  readonly numerator: bigint;
  /** Above 0. */
  readonly denominator: bigint;
}

interface WrittenNumber {
  readonly exact: Rational;
  /** One unit in the last digit that is not zero. */
  readonly lastDigit: Rational;
  readonly digits: number;
  readonly isWhole: boolean;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const TEN = 10n;
const MANTISSA_BITS = 52n;
const EXPONENT_BITS = 0x7_ffn;
const EXPONENT_BIAS = 1_075n;
/** More digits than a program writes; such a number stays text, however exact its double is. */
const DIGITS_MAX = 100;

/** Null where `found` is right for this written number; otherwise a text that says what is wrong. */
export function numberProblem(source: string, found: unknown): string | null {
  const written = readNumber(source);
  const problem = written.isWhole ? wholeProblem(source, found) : fractionProblem(written, source, found);
  return problem === null ? null : `${source} became ${typeof found} ${String(found)}: ${problem}`;
}

function wholeProblem(source: string, found: unknown): string | null {
  if (typeof found !== "number" && typeof found !== "bigint") return "an integer is a number or a bigint";
  if (typeof found === "number" && !Number.isSafeInteger(found)) return "a double is exact up to 2^53 only";
  return BigInt(found) === BigInt(source) ? null : "it is another integer";
}

function fractionProblem(written: WrittenNumber, source: string, found: unknown): string | null {
  if (typeof found === "number") return tells(found, written) === false ? "it tells fewer digits" : null;
  if (typeof found !== "string") return "a fraction is a number or text";
  const kept = readNumber(found);
  if (!isEqual(kept.exact, written.exact)) return "it is another number";
  if (written.digits > DIGITS_MAX) return null;
  return tells(Number(source), written) === true ? "a double tells every digit" : null;
}

/** Null where the double is half of the last digit away: a program may round it either way. */
function tells(double: number, { exact, lastDigit }: WrittenNumber): boolean | null {
  if (!Number.isFinite(double)) return false;
  if (exact.numerator === 0n) return double === 0;
  const distance = absolute(difference(exactDouble(double), exact));
  const twice: Rational = { ...distance, numerator: distance.numerator * 2n };
  const left = twice.numerator * lastDigit.denominator;
  const right = lastDigit.numerator * twice.denominator;
  return left === right ? null : left < right;
}

function readNumber(source: string): WrittenNumber {
  const [, sign = "", whole = "", fraction = "", power] = NUMBER.exec(source) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  const exponent = BigInt(power ?? "0") - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  const unsigned = BigInt(significant === "" ? "0" : significant);
  return {
    exact: scaled(sign === "-" ? -unsigned : unsigned, exponent),
    lastDigit: scaled(1n, exponent),
    digits: significant.length,
    isWhole: power === undefined && !source.includes("."),
  };
}

function scaled(numerator: bigint, power: bigint): Rational {
  return power >= 0n
    ? { numerator: numerator * TEN ** power, denominator: 1n }
    : { numerator, denominator: TEN ** -power };
}

function exactDouble(double: number): Rational {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, double);
  const bits = view.getBigUint64(0);
  const biased = (bits >> MANTISSA_BITS) & EXPONENT_BITS;
  const fraction = bits & ((1n << MANTISSA_BITS) - 1n);
  const mantissa = biased === 0n ? fraction : fraction | (1n << MANTISSA_BITS);
  const power = (biased === 0n ? 1n : biased) - EXPONENT_BIAS;
  const signed = double < 0 ? -mantissa : mantissa;
  return power >= 0n
    ? { numerator: signed << power, denominator: 1n }
    : { numerator: signed, denominator: 1n << -power };
}

function difference(left: Rational, right: Rational): Rational {
  return {
    numerator: left.numerator * right.denominator - right.numerator * left.denominator,
    denominator: left.denominator * right.denominator,
  };
}

function absolute({ numerator, denominator }: Rational): Rational {
  return { numerator: numerator < 0n ? -numerator : numerator, denominator };
}

function isEqual(left: Rational, right: Rational): boolean {
  return left.numerator * right.denominator === right.numerator * left.denominator;
}
