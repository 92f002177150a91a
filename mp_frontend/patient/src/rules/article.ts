// Articles as the phone may show them: only plain text elements and our own pictures. The server has cleaned them already; this is the second lock.
const ALLOWED = new Set("p br h1 h2 h3 h4 strong b em i u s ul ol li blockquote img table thead tbody tr th td span div section hr a sub sup figure figcaption".split(" "));

/** The address of a picture: ours only, made absolute; "" for others. */
export function pictureOf(src: string, base = ""): string {
  return /^\/(?!\/)/.test(src) ? base + src : "";
}

/** HTML for <rich-text>: scripts, styles, foreign pictures, links and all attributes but alt go away. */
export function plainHtml(html: string, base = ""): string {
  return html
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<(script|style|iframe|object|svg|math|template)\b[\s\S]*?<\/\1\s*>/gi, "")
    .replace(/<(\/?)([a-zA-Z][a-zA-Z0-9-]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>/g, (_all, close: string, name: string, rest: string) => {
      const tag = name.toLowerCase();
      if (!ALLOWED.has(tag)) return "";
      if (close) return tag === "a" ? "</span>" : `</${tag}>`;
      if (tag === "a") return "<span>";
      if (tag !== "img") return `<${tag}>`;
      const src = pictureOf(attribute(rest, "src"), base);
      return src ? `<img src="${src.replace(/"/g, "")}" alt="${attribute(rest, "alt").replace(/["<>]/g, "")}" style="max-width:100%;height:auto;border-radius:10px"/>` : "";
    });
}
const attribute = (text: string, name: string): string => {
  const found = new RegExp(`\\b${name}\\s*=\\s*("([^"]*)"|'([^']*)'|([^\\s"'>]+))`, "i").exec(text);
  return found ? (found[2] ?? found[3] ?? found[4] ?? "") : "";
};
