// Shares as people read them: never without numerator and denominator, and what a difference may be said to mean.
import type { Figures, Rate } from "../types";

/** 85.7%; a dash where nothing was counted */
export function percentText(share: number | null): string {
  return share === null ? "—" : `${(share * 100).toFixed(1)}%`;
}

/** 6/7 */
export function fractionText(rate: Rate): string {
  return `${rate.numerator}/${rate.denominator}`;
}

/** 95% 区间 42.1%–99.6%; "" where nothing was counted */
export function intervalText(rate: Rate): string {
  return rate.low === null || rate.high === null ? "" : `95% 区间 ${percentText(rate.low)}–${percentText(rate.high)}`;
}

const points = (share: number) => (Math.abs(share) * 100).toFixed(1);
const signed = (share: number) => `${share < 0 ? "−" : ""}${points(share)}`;

/** The re-check difference in a sentence that claims no more than its interval allows. */
export function recheckText({ difference, low, high }: Figures["recheck"]): string {
  if (difference === null || low === null || high === null) return "还不能比较：两组都要有患者。";
  const range = `95% 区间 ${signed(low)} 到 ${signed(high)} 个百分点`;
  if (low > 0) return `随访计划里的患者复查率高 ${points(difference)} 个百分点（${range}），不像是偶然。`;
  if (high < 0) return `随访计划里的患者复查率低 ${points(difference)} 个百分点（${range}），不像是偶然。`;
  return `相差 ${signed(difference)} 个百分点（${range}），区间里有 0，还不能说哪一种更好。`;
}

/** Whether there is anything to show. */
export function isEmpty(figures: Figures): boolean {
  const { visited, satisfied } = figures.total;
  return visited.denominator === 0 && satisfied.denominator === 0;
}
