// Times and dates in words. All times are shown in Asia/Shanghai, whatever the phone's zone is.
import { businessNow } from "./clock";
import { t } from "./text";

const DAY = 86_400_000;
const SHANGHAI = 8 * 3_600_000;
const two = (n: number) => String(n).padStart(2, "0");

/** "2026-11-25" of an instant (ISO text or milliseconds) in Shanghai. */
export function dayOf(at: string | number): string {
  const d = new Date((typeof at === "number" ? at : Date.parse(at)) + SHANGHAI);
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
}
/** "09:30" of an instant in Shanghai. */
export function clockOf(at: string | number): string {
  const d = new Date((typeof at === "number" ? at : Date.parse(at)) + SHANGHAI);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
}
export const today = (): string => dayOf(businessNow());
export function addDays(on: string, days: number): string {
  return new Date(Date.parse(on + "T00:00:00Z") + days * DAY).toISOString().slice(0, 10);
}
export const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / DAY);
export const weekdayOf = (on: string): string => t.time.weekdays[new Date(on + "T00:00:00Z").getUTCDay()];

/** "11月26日 周四"; with the year when it is not this year's. */
export function dateWords(on: string): string {
  const [year, month, day] = on.split("-").map(Number);
  return `${on.slice(0, 4) === today().slice(0, 4) ? "" : t.time.year(year)}${t.time.monthDay(month, day)} ${weekdayOf(on)}`;
}
/** 今天 / 明天 / 后天, else the weekday. */
export function nearDay(on: string): string {
  return t.time.near[daysBetween(today(), on)] ?? weekdayOf(on);
}
/** "11月26日 周四 09:30". */
export const momentWords = (at: string): string => `${dateWords(dayOf(at))} ${clockOf(at)}`;
/** "11月26日 周四 09:30–10:00". */
export const spanWords = (from: string, to: string): string => `${momentWords(from)}–${clockOf(to)}`;
/** "2026-11-25 09:30", for documents. */
export const stamp = (at: string | null | undefined): string => (at ? `${dayOf(at)} ${clockOf(at)}` : t.common.none);
/** "14:59" of a number of milliseconds, never negative. */
export function leftWords(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1000));
  return `${two(Math.floor(s / 60))}:${two(s % 60)}`;
}
