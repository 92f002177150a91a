// WeChat's <wx-open-subscribe> tag: the only way to ask for message permission inside a web page.
const BUTTON =
  "<style>.ask{width:100%;min-height:50px;border:1px solid #0b6b69;border-radius:12px;background:#fff;color:#0a5d5b;font-size:18px;font-weight:600}</style>";

/** Puts the tag into `place`; `answered` hears whether the patient allowed any of the templates. */
export function mountOpenSubscribe(place: HTMLElement, templates: string[], label: string, answered: (allowed: boolean) => void): void {
  const tag = document.createElement("wx-open-subscribe");
  tag.setAttribute("template", templates.join(","));
  const inside = document.createElement("script");
  inside.type = "text/wxtag-template"; // a data block that WeChat reads; never run
  inside.textContent = `${BUTTON}<button class="ask">${label}</button>`;
  tag.appendChild(inside);
  tag.addEventListener("success", (event) => {
    const told = (event as CustomEvent<{ subscribeDetails?: string | object }>).detail?.subscribeDetails ?? "";
    answered(/accept/.test(typeof told === "string" ? told : JSON.stringify(told)));
  });
  tag.addEventListener("error", () => answered(false));
  place.replaceChildren(tag);
}
