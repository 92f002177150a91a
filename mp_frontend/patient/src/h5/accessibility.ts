// uni-h5 wraps inputs and buttons in its own elements: give the inner ones their names, and let keys press buttons.
const COPIED = ["aria-label", "aria-invalid", "aria-describedby", "aria-required"];

function label(root: ParentNode): void {
  for (const outer of root.querySelectorAll<HTMLElement>("uni-input, uni-textarea")) {
    const inner = outer.querySelector("input, textarea");
    if (!inner) continue;
    for (const name of COPIED) {
      const value = outer.getAttribute(name);
      if (value === null) inner.removeAttribute(name);
      else if (inner.getAttribute(name) !== value) inner.setAttribute(name, value);
    }
  }
  for (const image of root.querySelectorAll<HTMLElement>("uni-image")) {
    const name = image.getAttribute("aria-label");
    image.querySelector("img")?.setAttribute("alt", name ?? "");
  }
}

/** Watches the page for inputs and images that appear or change. */
export function labelInputs(): void {
  document.documentElement.lang = "zh-CN";
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      label(document);
    });
  };
  new MutationObserver(soon).observe(document.documentElement, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label", "aria-invalid", "aria-describedby"],
  });
  document.addEventListener("keydown", (event) => {
    const on = event.target;
    if (!(on instanceof HTMLElement) || (event.key !== "Enter" && event.key !== " ")) return;
    if (!/^(button|link|radio|checkbox|switch|tab)$/.test(on.getAttribute("role") ?? "")) return;
    event.preventDefault();
    on.click();
  });
}
