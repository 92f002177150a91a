// What can be known from a Chinese ID number and a phone number while it is typed (GB 11643-1999).
import { dayOf } from "../time";
import { businessNow } from "../clock";

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const PROVINCES = /^(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9\d)/;

export type IdCard =
  | { state: "typing" }
  | { state: "wrong"; why: "characters" | "length" | "region" | "date" | "checksum" }
  | { state: "good"; number: string; sex: "male" | "female"; birth_on: string };

/** Full-width digits and x become plain, spaces go away. */
export function tidy(text: string): string {
  return text.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/[\s\u3000-]/g, "").toUpperCase();
}

/** Reads an ID number as it is typed; `final` = the patient has left the field or pressed the button. */
export function readIdCard(text: string, final = false): IdCard {
  const number = tidy(text);
  if (!/^\d*X?$/.test(number) || (number.includes("X") && number.length !== 18)) return { state: "wrong", why: "characters" };
  if (number.length >= 2 && !PROVINCES.test(number)) return { state: "wrong", why: "region" };
  if (number.length > 18) return { state: "wrong", why: "length" };
  if (number.length === 15 && final) return fifteen(number);
  if (number.length < 18) return final ? { state: "wrong", why: "length" } : { state: "typing" };
  const birth_on = calendarDay(number.slice(6, 14));
  if (!birth_on) return { state: "wrong", why: "date" };
  const sum = WEIGHTS.reduce((total, weight, i) => total + weight * Number(number[i]), 0);
  if ("10X98765432"[sum % 11] !== number[17]) return { state: "wrong", why: "checksum" };
  return { state: "good", number, sex: Number(number[16]) % 2 ? "male" : "female", birth_on };
}

function fifteen(number: string): IdCard {
  const birth_on = calendarDay("19" + number.slice(6, 12));
  return birth_on ? { state: "good", number, sex: Number(number[14]) % 2 ? "male" : "female", birth_on } : { state: "wrong", why: "date" };
}

function calendarDay(digits: string): string | null {
  const on = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
  const at = new Date(on + "T00:00:00Z");
  if (Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== on) return null;
  return on >= "1880-01-01" && on <= dayOf(businessNow()) ? on : null;
}

/** A mobile number of the mainland without +86, spaces or dashes; null when it is none. */
export function readPhone(text: string): string | null {
  const number = tidy(text).replace(/^(\+?86|0086)(?=1\d{10}$)/, "");
  return /^1[3-9]\d{9}$/.test(number) ? number : null;
}

/** Whole years on a day. */
export function ageOn(birth_on: string, on: string): number {
  const years = Number(on.slice(0, 4)) - Number(birth_on.slice(0, 4));
  return on.slice(5) < birth_on.slice(5) ? years - 1 : years;
}
