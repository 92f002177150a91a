/// <reference types="vite/client" />
// Types of what the build and WeChat provide.
interface ImportMetaEnv {
  /** Address of the hospital's server for the mini-program, for example https://wx.hospital.cn */
  readonly VITE_API_BASE?: string;
}
interface WeixinBridge {
  invoke(name: string, params: object, done: (result: { err_msg: string; resultStr?: string }) => void): void;
}
interface Window {
  WeixinJSBridge?: WeixinBridge;
}
declare module "weixin-js-sdk" {
  const sdk: { config(options: object): void };
  export default sdk;
}
