// WeChat's JS-SDK on H5: needed for its tags and for scanning inside a page. The demonstration phone brings both itself.
import { readJsConfig } from "../api";

let signed: Promise<boolean> | null = null;

/** Whether WeChat's abilities work on this page; signs the page for them when it must. Never fails. */
export function abilities(): Promise<boolean> {
  if (window.customElements.get("wx-open-subscribe")) return Promise.resolve(true);
  if (!/MicroMessenger/i.test(navigator.userAgent)) return Promise.resolve(false);
  return (signed ??= sign());
}

async function sign(): Promise<boolean> {
  try {
    const [sdk, config] = await Promise.all([import("weixin-js-sdk"), readJsConfig(location.href.split("#")[0])]);
    sdk.default.config({ ...config, jsApiList: ["scanQRCode"], openTagList: ["wx-open-subscribe"] });
    return true;
  } catch {
    return false;
  }
}

/** Scans a QR code inside the page; "" when the patient closes the camera. */
export function scan(): Promise<string> {
  return new Promise((resolve) => {
    if (!window.WeixinJSBridge) return resolve("");
    window.WeixinJSBridge.invoke("scanQRCode", { needResult: 1, scanType: ["qrCode"] }, (answer) => resolve(answer.resultStr ?? ""));
  });
}
