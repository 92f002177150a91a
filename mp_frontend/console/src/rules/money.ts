// Money as people write it: yuan with two decimals at most; fen is what is kept.

/** 12.00 */
export function yuanText(fen: number): string {
  return (fen / 100).toFixed(2);
}

/** The fen of what somebody typed ("12.5", "￥12.50"), or null when that is no amount. */
export function fenOf(typed: string): number | null {
  const text = typed.trim().replace(/^[¥￥]\s*/, "").replace(/\s*元$/, "");
  const found = /^(\d{1,7})(?:\.(\d{1,2}))?$/.exec(text);
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}

/** What is wrong with an amount to send back; "" when nothing is. */
export function refundProblem(fen: number | null, left: number, wholeOnly: boolean): string {
  if (fen === null || fen <= 0) return "请写退款金额，例如 12.50。";
  if (fen > left) return `最多能退 ${yuanText(left)} 元。`;
  if (wholeOnly && fen < left) return `医院系统已经记了这笔费，只能整笔退 ${yuanText(left)} 元。`;
  return "";
}
