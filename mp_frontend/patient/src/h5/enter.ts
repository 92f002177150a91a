// On H5 a session is opened by WeChat's OAuth: leave for /wechat/enter and come back to the same page.
const TRIED = "sz_entered_at";

/** Leaves the page (true). After two tries within 15 seconds it stays (false), instead of going round for ever. */
export function enterThroughWeChat(): boolean {
  const tries = (sessionStorage.getItem(TRIED) ?? "").split(",").map(Number).filter((at) => at && Date.now() - at < 15_000);
  if (tries.length >= 2) return false;
  sessionStorage.setItem(TRIED, [...tries, Date.now()].join(","));
  window.location.replace("/wechat/enter?to=" + encodeURIComponent(window.location.pathname + window.location.search));
  return true;
}
