// The demonstration phone inside our H5 pages: what WeChat's browser gives a page, by messages to the phone around it.
// Outside the phone it defines nothing and says nothing.
(function () {
  "use strict";
  var PHONE = "__PHONE_ORIGIN__";
  if (window.parent === window || window.WeixinJSBridge) return;

  var waiting = new Map();
  var welcomed = false;
  var before = [];
  var number = 0;

  function tell(message) {
    window.parent.postMessage(Object.assign({ sandbox: 1 }, message), PHONE);
  }

  /** Ask the phone; the promise gets its answer. Nothing is asked before the phone has answered the greeting. */
  function ask(kind, data) {
    return new Promise(function (resolve) {
      var id = ++number;
      waiting.set(id, resolve);
      var send = function () { tell(Object.assign({ kind: kind, id: id }, data)); };
      if (welcomed) send(); else before.push(send);
    });
  }

  window.addEventListener("message", function (event) {
    if (event.origin !== PHONE || event.source !== window.parent || !event.data || event.data.sandbox !== 1) return;
    var data = event.data;
    if (data.kind === "welcome" && !welcomed) {
      welcomed = true;
      give();
      before.splice(0).forEach(function (send) { send(); });
    } else if (data.kind === "back") {
      if (window.navigation && window.navigation.canGoBack) window.history.back();
      else tell({ kind: "close" });
    } else if (data.kind === "answer" && waiting.has(data.id)) {
      var resolve = waiting.get(data.id);
      waiting.delete(data.id);
      resolve(data.result);
    }
  });

  function subscribe(templates) {
    return ask("subscribe", { template_ids: templates });
  }

  var invocations = {
    getBrandWCPayRequest: function (params) { return ask("pay", { params: params }); },
    scanQRCode: function () { return ask("scan", {}); },
    closeWindow: function () { tell({ kind: "close" }); return Promise.resolve({ err_msg: "closeWindow:ok" }); },
    getNetworkType: function () { return Promise.resolve({ err_msg: "network_type:wifi" }); },
  };

  /** What a page finds in WeChat: WeixinJSBridge, and wx when the page brought no JS-SDK of its own. */
  function give() {
    window.WeixinJSBridge = {
      invoke: function (name, params, done) {
        var work = invocations[name];
        var result = work ? work(params || {}) : Promise.resolve({ err_msg: name + ":ok" });
        result.then(function (answer) { if (done) done(answer); });
      },
      call: function (name) { if (invocations[name]) invocations[name]({}); },
      on: function () {},
    };
    if (!window.wx) window.wx = sdk();
    document.dispatchEvent(new Event("WeixinJSBridgeReady"));
  }

  function sdk() {
    var settle = function (options, result) {
      var ok = /:ok$/.test(result.errMsg);
      if (ok && options.success) options.success(result);
      if (!ok && /:cancel$/.test(result.errMsg) && options.cancel) options.cancel(result);
      else if (!ok && options.fail) options.fail(result);
      if (options.complete) options.complete(result);
    };
    var ready = [];
    var failed = [];
    var state = "";
    return {
      config: function (signed) {
        ask("js-config", { signed: signed, url: location.href.split("#")[0] }).then(function (answer) {
          state = answer.right ? "ready" : "failed";
          (answer.right ? ready : failed).forEach(function (f) { f({ errMsg: answer.right ? "config:ok" : "config:invalid signature" }); });
        });
      },
      ready: function (f) { if (state === "ready") f(); else ready.push(f); },
      error: function (f) { failed.push(f); },
      checkJsApi: function (options) { settle(options, { errMsg: "checkJsApi:ok", checkResult: {} }); },
      scanQRCode: function (options) {
        ask("scan", {}).then(function (r) { settle(options, { errMsg: r.resultStr ? "scanQRCode:ok" : "scanQRCode:cancel", resultStr: r.resultStr }); });
      },
      chooseWXPay: function (options) {
        var params = Object.assign({ appId: options.appId }, options, { timeStamp: options.timeStamp || options.timestamp });
        ask("pay", { params: params }).then(function (r) { settle(options, { errMsg: "chooseWXPay:" + r.err_msg.split(":")[1] }); });
      },
      closeWindow: function () { tell({ kind: "close" }); },
      hideOptionMenu: function () {}, showOptionMenu: function () {}, hideMenuItems: function () {},
      updateAppMessageShareData: function () {}, updateTimelineShareData: function () {},
      miniProgram: { getEnv: function (f) { f({ miniprogram: false }); } },
    };
  }

  /** <wx-open-subscribe template="id1,id2">: shows the page's own button; a tap opens the phone's pop-up. */
  class OpenSubscribe extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.attachShadow({ mode: "open" });
      this.addEventListener("click", this.press.bind(this));
      setTimeout(this.draw.bind(this), 0);
    }

    draw() {
      var source = this.querySelector("script[type='text/wxtag-template'], template");
      var html = source ? (source.tagName === "TEMPLATE" ? source.innerHTML : source.textContent) : "<button>订阅</button>";
      var parsed = new DOMParser().parseFromString(html, "text/html");
      var css = Array.from(parsed.querySelectorAll("style")).map(function (s) { var text = s.textContent; s.remove(); return text; });
      var sheet = new CSSStyleSheet();
      sheet.replaceSync(css.join("\n"));
      this.shadowRoot.adoptedStyleSheets = [sheet];
      this.shadowRoot.replaceChildren.apply(this.shadowRoot, Array.from(parsed.body.childNodes));
      this.dispatchEvent(new CustomEvent("ready"));
    }

    press() {
      var element = this;
      if (element.busy) return;
      element.busy = true;
      var templates = (element.getAttribute("template") || "").split(",").map(function (s) { return s.trim(); }).filter(Boolean);
      subscribe(templates).then(function (answer) {
        element.busy = false;
        if (!answer || !answer.subscribeDetails) {
          var detail = { errMsg: "subscribe:fail " + ((answer && answer.message) || ""), errCode: (answer && answer.code) || "10000" };
          element.dispatchEvent(new CustomEvent("error", { detail: detail }));
          return;
        }
        var details = {};
        Object.keys(answer.subscribeDetails).forEach(function (id) { details[id] = JSON.stringify(answer.subscribeDetails[id]); });
        element.dispatchEvent(new CustomEvent("success", { detail: { errMsg: "subscribe:ok", subscribeDetails: JSON.stringify(details) } }));
      });
    }
  }
  if (!customElements.get("wx-open-subscribe")) customElements.define("wx-open-subscribe", OpenSubscribe);

  var shown = "";
  function look() {
    var now = document.title + "\n" + location.href;
    if (now === shown) return;
    shown = now;
    tell({ kind: "page", title: document.title, url: location.href });
  }
  setInterval(look, 300); // addresses change without a sign
  new MutationObserver(look).observe(document.head, { childList: true, subtree: true, characterData: true });
  tell({ kind: "hello", title: document.title, url: location.href });
})();
