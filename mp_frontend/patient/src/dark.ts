// Whether the phone is set to dark: for pictures that are drawn, as they cannot ask the style sheet.
export function isDark(): boolean {
  // #ifdef H5
  return window.matchMedia("(prefers-color-scheme: dark)").matches;
  // #endif
  // #ifndef H5
  return uni.getSystemInfoSync().theme === "dark";
  // #endif
}
