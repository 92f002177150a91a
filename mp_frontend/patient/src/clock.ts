// What time it is, as the hospital says: pages never trust the phone's clock.
let businessOffset = 0;
let realOffset = 0;

function headerOf(header: Record<string, string> | undefined, name: string): string | undefined {
  const key = Object.keys(header ?? {}).find((one) => one.toLowerCase() === name);
  return key && header ? String(header[key]) : undefined;
}

/** Called with the headers of each answer: `Suizhen-Now` (the hospital's time) and `Date` (the server's real time). */
export function noteServerTime(header: Record<string, string> | undefined): void {
  const business = Date.parse(headerOf(header, "suizhen-now") ?? "");
  const real = Date.parse(headerOf(header, "date") ?? "");
  if (!Number.isNaN(business)) businessOffset = business - Date.now();
  realOffset = Number.isNaN(real) ? 0 : real - Date.now();
  if (Math.abs(realOffset) < 2000) realOffset = 0; // the Date header has whole seconds only
}

/** Now in the hospital, milliseconds since 1970. */
export const businessNow = (): number => Date.now() + businessOffset;
/** Real now at the server: holds of places run on it. */
export const realNow = (): number => Date.now() + realOffset;
