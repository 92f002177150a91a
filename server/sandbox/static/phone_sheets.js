// What WeChat lays over a page: the payment sheet with its password, the subscription pop-up, the list of QR codes.
import { call, h, icon, yuan } from "./phone_parts.js";

const sheetPlace = () => document.getElementById("sheet");

export function closeSheet() {
  sheetPlace().hidden = true;
  sheetPlace().replaceChildren();
}

function showSheet(content) {
  const place = sheetPlace();
  place.onkeydown = null;
  place.replaceChildren(content);
  place.hidden = false;
  const first = content.querySelector("button:not(.x)");
  if (first) first.focus({ preventScroll: true });
}

/** The payment sheet; gives {err_msg} as getBrandWCPayRequest does. `how()` is the choice of the test menu. */
export async function paySheet(person, params, how) {
  let order;
  try {
    order = await call(`people/${person}/sheet`, { params });
  } catch (error) {
    await tellInSheet("无法支付", error.message);
    return { err_msg: "get_brand_wcpay_request:fail", err_desc: error.message };
  }
  return new Promise((resolve) => {
    const finish = (word, description) => { closeSheet(); resolve({ err_msg: "get_brand_wcpay_request:" + word, err_desc: description }); };
    let typed = "";
    const dots = h("div.dots", { role: "img", "aria-label": "密码", testid: "pay-dots" }, Array.from({ length: 6 }, () => h("i")));
    const draw = () => [...dots.children].forEach((dot, i) => dot.classList.toggle("on", i < typed.length));
    const press = (key) => {
      typed = key === "erase" ? typed.slice(0, -1) : (typed + key).slice(0, 6);
      draw();
      if (typed.length === 6) pay();
    };
    const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "erase"].map((key) => key === "" ? h("span") :
      h("button", { type: "button", testid: "pay-key-" + key, "aria-label": key === "erase" ? "删除" : key, onclick: () => press(key) }, key === "erase" ? icon("erase") : key));
    async function pay() {
      const chosen = how();
      showSheet(h("div.paper.busy", { role: "dialog", "aria-label": "正在支付" }, h("span.spin"), h("p", {}, "正在支付…")));
      try {
        const paid = await call(`people/${person}/pay`, { params, how: chosen });
        const word = paid.err_msg.split(":")[1];
        if (word !== "ok") { await tellInSheet("支付失败", "银行拒绝了这笔付款（模拟）"); return finish(word); }
        const slow = chosen === "slow";
        showSheet(h("div.paper.paid", { role: "dialog", "aria-label": "支付结果", testid: "pay-done" },
          h("span.tick", {}, icon("check")), h("h2", {}, slow ? "已提交，银行处理中" : "支付成功"), h("p.merchant", {}, order.merchant), h("p.amount", {}, yuan(order.amount_fen)),
          h("button.primary", { type: "button", testid: "pay-finish", onclick: () => finish("ok") }, "完成")));
        sheetPlace().querySelector(".primary").focus();
      } catch (error) {
        await tellInSheet("支付失败", error.message);
        finish("fail", error.message);
      }
    }
    const ask = () => {
      showSheet(h("div.paper.pay", { role: "dialog", "aria-label": "输入支付密码", testid: "pay-password" },
        h("button.x", { type: "button", "aria-label": "取消支付", testid: "pay-cancel", onclick: () => finish("cancel") }, icon("close")),
        h("p.merchant", {}, order.merchant), h("p.amount", {}, yuan(order.amount_fen)), dots,
        h("p.soft", {}, "模拟密码：任意 6 位数字"), h("div.keys", {}, keys)));
      sheetPlace().onkeydown = (event) => { if (/^\d$/.test(event.key)) press(event.key); else if (event.key === "Backspace") press("erase"); };
      draw();
    };
    showSheet(h("div.paper.pay", { role: "dialog", "aria-label": "微信支付（模拟）", testid: "pay-sheet" },
      h("button.x", { type: "button", "aria-label": "取消支付", testid: "pay-cancel", onclick: () => finish("cancel") }, icon("close")),
      h("p.merchant", {}, order.merchant), h("p.amount", { testid: "pay-amount" }, yuan(order.amount_fen)),
      h("dl", {}, h("dt", {}, "商品"), h("dd", {}, order.description), h("dt", {}, "付款方式"), h("dd", {}, "零钱（模拟）")),
      h("button.primary", { type: "button", testid: "pay-confirm", onclick: ask }, "立即支付")));
  });
}

function tellInSheet(title, text) {
  return new Promise((resolve) => {
    const done = () => { closeSheet(); resolve(); };
    showSheet(h("div.paper.tell", { role: "alertdialog", "aria-label": title, testid: "sheet-message" }, h("h2", {}, title), h("p", {}, text),
      h("button.primary", { type: "button", testid: "sheet-ok", onclick: done }, "知道了")));
  });
}

/** The subscription pop-up; gives {subscribeDetails} or {code, message}. Templates kept "always" are not asked again. */
export async function subscribeSheet(person, templateIds) {
  let plan;
  try {
    plan = await call(`people/${person}/popup-ask`, { template_ids: templateIds });
  } catch (error) {
    return { code: error.code, message: error.message };
  }
  const answer = (choices, always) => call(`people/${person}/popup`, { template_ids: templateIds, choices, always });
  if (!plan.ask.length) return answer("reject", false);
  return new Promise((resolve) => {
    const boxes = plan.ask.map((t) => h("input", { type: "checkbox", checked: true, "aria-label": t.title, value: t.template_id }));
    const always = h("input", { type: "checkbox", testid: "popup-always" });
    const finish = async (allowed) => {
      const choices = Object.fromEntries(boxes.map((box) => [box.value, allowed && box.checked ? "accept" : "reject"]));
      closeSheet();
      resolve(await answer(choices, always.checked));
    };
    showSheet(h("div.paper.popup", { role: "dialog", "aria-label": "申请发送通知", testid: "popup" },
      h("p.merchant", {}, h("span.seal.small", { "aria-hidden": "true" }, "随"), "随诊示范医院 申请"),
      h("h2", {}, plan.ask.some((t) => t.long_term) ? "给你发送以下通知" : "给你发送一次以下通知"),
      h("div.asked", {}, plan.ask.map((t, i) => h("label", {}, boxes[i], h("span", {}, h("b", {}, t.title), h("small", {}, t.example))))),
      h("label.always", {}, always, "总是保持以上选择，不再询问"),
      h("div.pair", {}, h("button.plain", { type: "button", testid: "popup-reject", onclick: () => finish(false) }, "取消"),
        h("button.primary", { type: "button", testid: "popup-allow", onclick: () => finish(true) }, "允许"))));
  });
}

/** The list of QR codes that can be "scanned"; gives the chosen one or null. */
export function scanSheet(codes) {
  return new Promise((resolve) => {
    const finish = (code) => { closeSheet(); resolve(code); };
    const own = h("input", { type: "text", placeholder: "或粘贴二维码里的文字", "aria-label": "二维码文字", testid: "scan-text" });
    const list = h("div.codes", {}, codes.map((code) => h("button", { type: "button", testid: "qr-item", onclick: () => finish(code) }, icon("scan"), h("span", {}, code.title))));
    showSheet(h("div.paper.scan", { role: "dialog", "aria-label": "扫一扫", testid: "scan" },
      h("button.x", { type: "button", "aria-label": "关闭", onclick: () => finish(null) }, icon("close")),
      h("h2", {}, "扫一扫"), h("p.soft", {}, "选一个二维码，就像扫到了它"), list,
      h("form", { onsubmit: (event) => { event.preventDefault(); if (own.value.trim()) finish({ text: own.value.trim() }); } }, own, h("button.primary", { type: "submit" }, "扫"))));
  });
}
