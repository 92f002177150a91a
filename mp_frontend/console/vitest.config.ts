// Tests of the console's own rules; results go where the coverage step reads them.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    environment: "jsdom",
    reporters: ["default", "json"],
    outputFile: { json: "../build/vitest-console.json" },
  },
});
