// What a pasted text may bring into an article: plain structure only, no styles, scripts, or pictures from elsewhere.
const KEEP = new Set(["P", "H2", "H3", "STRONG", "EM", "U", "UL", "OL", "LI", "BLOCKQUOTE", "BR", "A", "IMG"]);
const RENAME: Record<string, string> = {
  B: "STRONG",
  I: "EM",
  H1: "H2",
  H4: "H3",
  H5: "H3",
  H6: "H3",
  DIV: "P",
  SECTION: "P",
};
const DROP = new Set([
  "SCRIPT",
  "STYLE",
  "TEMPLATE",
  "IFRAME",
  "OBJECT",
  "EMBED",
  "SVG",
  "MATH",
  "HEAD",
  "META",
  "LINK",
  "TITLE",
  "FORM",
  "BUTTON",
  "INPUT",
  "SELECT",
  "TEXTAREA",
]);
const BLOCKS = new Set(["P", "H2", "H3", "UL", "OL", "LI", "BLOCKQUOTE"]);

/** Only pictures that were uploaded here (or that WeChat keeps) may stand in an article. */
export function isOwnImage(src: string): boolean {
  return /^\/(?!\/)/.test(src) || /^https?:\/\/mmbiz\.(qpic|qlogo)\.cn\//.test(src);
}

function copy(from: Node, into: Node, page: Document): void {
  for (const node of from.childNodes) {
    if (node.nodeType === 3) {
      into.appendChild(page.createTextNode((node.textContent ?? "").replace(/[\t\r\n ]+/g, " ")));
      continue;
    }
    if (node.nodeType !== 1) continue;
    const element = node as Element;
    if (DROP.has(element.tagName.toUpperCase())) continue;
    const name = RENAME[element.tagName] ?? element.tagName;
    const block =
      name === "P" &&
      element.tagName !== "P" &&
      [...element.children].some((child) => BLOCKS.has(RENAME[child.tagName] ?? child.tagName));
    if (!KEEP.has(name) || block) {
      copy(element, into, page);
      continue;
    }
    const fresh = page.createElement(name);
    if (name === "A") {
      const href = element.getAttribute("href") ?? "";
      if (!/^https?:\/\//i.test(href)) {
        copy(element, into, page);
        continue;
      }
      fresh.setAttribute("href", href);
    }
    if (name === "IMG") {
      const src = element.getAttribute("src") ?? "";
      if (!isOwnImage(src)) continue;
      fresh.setAttribute("src", src);
      fresh.setAttribute("alt", element.getAttribute("alt") ?? "");
    }
    copy(element, fresh, page);
    into.appendChild(fresh);
  }
}

/** Clean HTML; text without a paragraph gets one, empty paragraphs go. */
export function cleanHtml(dirty: string): string {
  const page = new DOMParser().parseFromString(dirty, "text/html");
  const out = page.createElement("div");
  copy(page.body, out, page);
  for (const stray of [...out.childNodes]) {
    const isBlock = stray.nodeType === 1 && BLOCKS.has((stray as Element).tagName);
    if (isBlock) continue;
    if (stray.nodeType === 3 && !stray.textContent?.trim()) {
      stray.remove();
      continue;
    }
    const before = stray.previousSibling;
    const open = before?.nodeType === 1 ? (before as HTMLElement) : null;
    if (open?.dataset.wrapped) open.appendChild(stray);
    else {
      const p = page.createElement("p");
      p.dataset.wrapped = "1";
      stray.replaceWith(p);
      p.appendChild(stray);
    }
  }
  for (const p of out.querySelectorAll("p")) {
    p.removeAttribute("data-wrapped");
    if (!p.textContent?.trim() && !p.querySelector("img")) p.remove();
  }
  return out.innerHTML.trim();
}

/** Clean HTML from plain text: one paragraph a line. */
export function htmlOfText(text: string): string {
  const page = document.implementation.createHTMLDocument("");
  const out = page.createElement("div");
  for (const line of text.split(/\r?\n/)) {
    if (!line.trim()) continue;
    out.appendChild(page.createElement("p")).textContent = line.trim();
  }
  return out.innerHTML;
}

/** How many characters people read in it. */
export function lettersOf(html: string): number {
  return (new DOMParser().parseFromString(html, "text/html").body.textContent ?? "").replace(/\s/g, "").length;
}
