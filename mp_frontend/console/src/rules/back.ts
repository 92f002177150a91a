// Where to go after logging in: only back into the console itself, never to another site.
export function wayBack(to: unknown): string {
  return typeof to === "string" && /^\/(?![/\\])/.test(to) ? to : "/";
}
