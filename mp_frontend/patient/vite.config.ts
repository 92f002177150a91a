// How the patient's pages are built, for H5 and for the WeChat package.
import path from "node:path";
import { defineConfig, type Plugin } from "vite";
import uni from "@dcloudio/vite-plugin-uni";

/** Patients' phones call nobody but the hospital: uni-h5's style sheet fetches images from cdn.dcloud.net.cn, its advertisements ask dcloud.net.cn. */
const noRemote = (): Plugin => ({
  name: "no-remote",
  enforce: "post",
  generateBundle: {
    order: "post",
    handler(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk") file.code = file.code.replace(/https:\/\/\w+\.dcloud\.net\.cn\/\w+/g, "about:blank");
        else if (/\.(css|wxss)$/.test(file.fileName)) file.source = file.source.toString().replace(/url\(["']?https?:[^)]*\)/g, "none");
      }
    },
  },
});

export default defineConfig({
  plugins: [uni(), noRemote()],
  resolve: { alias: { "@": path.resolve(__dirname, "src") } },
  server: { proxy: { "/api": { target: "http://localhost:8000", ws: true }, "/wechat": "http://localhost:8000" } },
});
