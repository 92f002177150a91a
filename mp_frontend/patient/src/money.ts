// Money in words: everything is counted in fen and shown in yuan.
/** 1500 → "15.00" */
export const yuan = (fen: number): string => `${fen < 0 ? "-" : ""}${Math.floor(Math.abs(fen) / 100)}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;
/** 1500 → "¥15.00" */
export const price = (fen: number): string => `¥${yuan(fen)}`;
/** "15", "15.5", "15.50" → 1500, 1550; null when it is no amount of money. */
export function fenOf(text: string): number | null {
  const found = /^(\d{1,7})(?:\.(\d{1,2}))?$/.exec(text.trim());
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}
