// Starts the console: theme, router, and what happens when a session ends.
import "element-plus/theme-chalk/base.css";
import "element-plus/theme-chalk/dark/css-vars.css";
import "./theme.css";
import { createApp } from "vue";
import App from "./App.vue";
import { whenLoggedOut } from "./api";
import { router } from "./router";
import { forget } from "./session";

const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark", dark.matches);
dark.addEventListener("change", paint);
paint();

whenLoggedOut(() => {
  const here = router.currentRoute.value;
  forget();
  if (here.name !== "log-in") void router.push({ name: "log-in", query: { to: here.fullPath } });
});

createApp(App).use(router).mount("#app");
