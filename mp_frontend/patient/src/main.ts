// The entry of the patient's app on both platforms.
import { createSSRApp } from "vue";
import App from "./App.vue";
// #ifdef H5
import { labelInputs } from "./h5/accessibility";
labelInputs();
// #endif

export function createApp() {
  return { app: createSSRApp(App) };
}
