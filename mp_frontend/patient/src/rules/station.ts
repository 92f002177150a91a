// What the QR code at a nurse station says.
/** The station's text: the code is a link with ?station=…, or the text alone; "" when it is something else. */
export function stationIn(scanned: string): string {
  const text = scanned.trim();
  for (const one of [text, decoded(text), decoded(decoded(text))]) {
    const found = /[?&]station=([^&#]+)/.exec(one); // the link may stand inside another, encoded
    if (found) return decoded(found[1]);
  }
  return /^[\w.:-]{2,200}$/.test(text) ? text : "";
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
