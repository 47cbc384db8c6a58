/**
 * The messages of the benchmark: flights in a shuffled order, or in that of their
 * dates, on as many routes as flew in the United States in 2001. A few routes
 * have most of the flights. Every run has the same ones.
 */
import type { Message } from "kafkajs";

export const ROUTES = 3_399;
const AIRPORTS = 60;
const FIRST_MS = Date.UTC(2001, 0, 1);
const YEAR_MS = 365 * 86_400_000;
/** The share of a route falls with its number by this power. */
const SKEW = 2;
const LETTERS = 26;
const A = 65;

export interface FlightOrder {
  readonly count: number;
  /** Whether each message has a later date than the one before. */
  readonly isByDate: boolean;
}

/** The messages from number `from` up to number `to`. */
export function flightMessages(from: number, to: number, order: FlightOrder): Message[] {
  return Array.from({ length: to - from }, (_, index) => flightMessage(from + index, order));
}

function flightMessage(number: number, { count, isByDate }: FlightOrder): Message {
  // The first flights visit every route once, so that the number of keys does not depend on chance.
  const route = number < ROUTES ? number : Math.floor(ROUTES * fractionOf(3 * number) ** SKEW);
  const [origin, destination] = [airport(route % AIRPORTS), airport(100 + Math.floor(route / AIRPORTS))];
  const share = isByDate ? number / count : fractionOf(3 * number + 1);
  const date = new Date(FIRST_MS + Math.floor(YEAR_MS * share)).toISOString().replace("Z", "000Z");
  const delay = Math.floor(fractionOf(3 * number + 2) * 200) - 20;
  const value = JSON.stringify({ origin, destination, date, delay, distance: 100 + route });
  return { key: `${origin}-${destination}`, value };
}

/** From 0 up to 1: the mixing step of MurmurHash3, which spreads consecutive numbers evenly. */
function fractionOf(number: number): number {
  let mixed = Math.imul(number ^ (number >>> 16), 0x85_eb_ca_6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2_b2_ae_35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

function airport(number: number): string {
  const letter = (value: number): string => String.fromCharCode(A + (value % LETTERS));
  return letter(Math.floor(number / LETTERS ** 2)) + letter(Math.floor(number / LETTERS)) + letter(number);
}
