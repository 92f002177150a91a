// Units as they are printed on paper.
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** "10^12/L" → "10¹²/L". */
export const unitWords = (unit: string): string => unit.replace(/\^(\d+)/g, (_all, digits: string) => [...digits].map((digit) => RAISED[Number(digit)]).join(""));
