// How times, dates and money are written for people, always in Shanghai's time.
const ZONE = "Asia/Shanghai";
const parts = new Intl.DateTimeFormat("zh-CN", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

function split(at: number | string | Date): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(new Date(at)).map((part) => [part.type, part.value]));
}

/** 09:41 */
export function clockText(at: number | string | Date): string {
  const { hour, minute } = split(at);
  return `${hour}:${minute}`;
}

/** 2026-11-25, the hospital's calendar day */
export function dayOf(at: number | string | Date): string {
  const { year, month, day } = split(at);
  return `${year}-${month}-${day}`;
}

/** What a picker says, "2026-11-27T09:00:00", is the hospital's wall clock wherever the browser stands. */
export function instantOf(wall: string): string {
  return `${wall}+08:00`;
}

/** The hospital's wall clock as a local Date, for a picker to open at. */
export function wallDate(at: number): Date {
  return new Date(`${dayOf(at)}T${clockText(at)}:00`);
}

/** 今天 09:41 · 昨天 · 明天 · 11-25 09:41 · 2025-11-25 09:41; "" for none */
export function timeText(at: string | null | undefined, now: number): string {
  if (!at) return "";
  const day = dayOf(at);
  const near = [
    [-1, "昨天"],
    [0, "今天"],
    [1, "明天"],
  ] as const;
  const word = near.find(([days]) => dayOf(now + days * 86_400_000) === day)?.[1];
  if (word) return `${word} ${clockText(at)}`;
  return `${day.slice(0, 4) === dayOf(now).slice(0, 4) ? day.slice(5) : day} ${clockText(at)}`;
}

/** 还有 25 分钟 · 还有 3 小时 · 已超 10 分钟 */
export function leftText(at: string, now: number): string {
  const minutes = Math.round((Date.parse(at) - now) / 60_000);
  const away = Math.abs(minutes);
  const text = away < 120 ? `${away} 分钟` : away < 2880 ? `${Math.round(away / 60)} 小时` : `${Math.round(away / 1440)} 天`;
  return minutes >= 0 ? `还有 ${text}` : `已超 ${text}`;
}

/** 09:00–09:10 */
export function spanText(from: string, to: string): string {
  return `${clockText(from)}–${clockText(to)}`;
}

/** 25.00 元; 免费 for none */
export function moneyText(fen: number): string {
  return fen === 0 ? "免费" : `${(fen / 100).toFixed(2)} 元`;
}

/** 25.00; a dash where a side says nothing */
export function fenText(fen: number | null | undefined): string {
  return fen === null || fen === undefined ? "—" : (fen / 100).toFixed(2);
}
