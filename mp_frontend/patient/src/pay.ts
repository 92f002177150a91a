// Paying with WeChat Pay: prepay, WeChat's own payment sheet, then the truth from our server.
import type { Channel, Order, Prepay } from "../../api/types";
import { readOrder } from "./api";
import { Problem, settle } from "./request";
import { t } from "./text";

export let CHANNEL: Channel = "jsapi";
// #ifdef MP-WEIXIN
CHANNEL = "mini_program";
// #endif

/** paid: the server has the money · waiting: WeChat says paid, our server has not heard yet · cancelled: the patient closed the sheet */
export type Paid = { how: "paid" | "waiting" | "cancelled"; order_id: string };

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const SETTLED: Order["status"][] = ["paid", "refunding", "refunded", "partly_refunded", "closed", "abnormal"];

/** Asks the server (which asks WeChat) until the order is settled or `tries` are used up. */
export async function awaitOrder(order_id: string, tries = 12, every = 1500): Promise<Order> {
  let order = await readOrder(order_id, true);
  for (let i = 1; i < tries && !SETTLED.includes(order.status); i++) {
    await pause(every);
    order = await readOrder(order_id, true);
  }
  return order;
}

/** @param intent the Idempotency-Key's intention of `prepay`, given up when the order closes */
export async function pay(prepay: (channel: Channel) => Promise<Prepay>, intent: string): Promise<Paid> {
  let asked: Prepay;
  try {
    asked = await prepay(CHANNEL);
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.status !== 0) settle(intent);
    throw thrown;
  }
  const { order_id, params } = asked;
  const shown = await showSheet(params);
  if (shown === "cancelled") {
    settle(intent);
    return { how: "cancelled", order_id };
  }
  const order = await awaitOrder(order_id);
  if (SETTLED.includes(order.status)) settle(intent);
  if (order.status === "closed" || order.status === "abnormal") throw new Problem(409, "order_" + order.status, t.pay.notPaid);
  return { how: order.status === "created" || order.status === "prepaid" ? "waiting" : "paid", order_id };
}

function showSheet(params: Prepay["params"]): Promise<"ok" | "cancelled"> {
  // #ifdef H5
  return bridge().then(
    (wechat) =>
      new Promise((resolve, reject) =>
        wechat.invoke("getBrandWCPayRequest", params, (result) => {
          if (result.err_msg === "get_brand_wcpay_request:ok") resolve("ok");
          else if (result.err_msg === "get_brand_wcpay_request:cancel") resolve("cancelled");
          else reject(new Problem(409, "pay_failed", t.pay.failed));
        }),
      ),
  );
  // #endif
  // #ifndef H5
  return new Promise((resolve, reject) =>
    uni.requestPayment({
      provider: "wxpay",
      orderInfo: "",
      timeStamp: params.timeStamp,
      nonceStr: params.nonceStr,
      package: params.package,
      signType: params.signType,
      paySign: params.paySign,
      success: () => resolve("ok"),
      fail: (why: { errMsg: string }) => (/cancel/.test(why.errMsg) ? resolve("cancelled") : reject(new Problem(409, "pay_failed", t.pay.failed))),
    } as UniApp.RequestPaymentOptions),
  );
  // #endif
}

// #ifdef H5
function bridge(): Promise<WeixinBridge> {
  return new Promise((resolve, reject) => {
    if (window.WeixinJSBridge) return resolve(window.WeixinJSBridge);
    const given = () => window.WeixinJSBridge && resolve(window.WeixinJSBridge);
    document.addEventListener("WeixinJSBridgeReady", given, { once: true });
    setTimeout(() => reject(new Problem(0, "not_in_wechat", t.pay.onlyInWeChat)), 3000);
  });
}
// #endif
