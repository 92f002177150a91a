// Builds the staff console under /console/: hashed names, no inline script, Element Plus styles by component.
import vue from "@vitejs/plugin-vue";
import elementPlus from "unplugin-element-plus/vite";
import { defineConfig } from "vite";

const server = process.env.SUIZHEN_SERVER ?? "http://localhost:8000";

export default defineConfig({
  base: "/console/",
  resolve: { dedupe: ["vue", "vue-router"] }, // the patient front end has its own, older Vue in the same workspace
  plugins: [vue(), elementPlus({})],
  // the two large chunks, the article editor and the chart, are loaded only where they are used
  build: { outDir: "dist", assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 650 },
  server: { proxy: { "/api": { target: server, ws: true } } },
});
