// A small line chart as an SVG data URI: the same on H5 and in WeChat's <image>, no canvas, no library.
import type { Trend } from "../../api/types";
import { dayOf } from "./time";

export interface Colours { line: string; text: string; grid: string; band: string; bad: string }
export const LIGHT: Colours = { line: "#0b6b69", text: "#4a6062", grid: "#d5e0e0", band: "#e3f1ef", bad: "#b42318" };
export const DARK: Colours = { line: "#5cc9bf", text: "#a9bcbb", grid: "#2c3c3c", band: "#1d3331", bad: "#ff9a8d" };

/** The last eight points; the band is the normal range; a point outside is red, larger and carries an arrow. */
export function trendSvg(trend: Trend, colours: Colours = LIGHT, w = 340, h = 200): string {
  const points = trend.points.slice(-8);
  const bounds = [...points.map((p) => p.value), ...[trend.low, trend.high].filter((one): one is number => one !== null)];
  const least = Math.min(...bounds);
  const most = Math.max(...bounds);
  const room = (most - least || Math.abs(most) || 1) * 0.18;
  const [low, high] = [least - room, most + room];
  const [left, right, top, bottom] = [14, 14, 16, 30];
  const x = (i: number) => (points.length === 1 ? w / 2 : left + 14 + (i * (w - left - right - 28)) / (points.length - 1));
  const y = (value: number) => top + ((high - value) * (h - top - bottom)) / (high - low);
  const text = (at: number, down: number, said: string, colour: string, weight = 400) =>
    `<text x="${at.toFixed(1)}" y="${down.toFixed(1)}" font-size="12" font-family="sans-serif" font-weight="${weight}" text-anchor="middle" fill="${colour}">${said}</text>`;
  const upper = trend.high === null ? top : y(trend.high);
  const lower = trend.low === null ? h - bottom : y(trend.low);
  const band = trend.low === null && trend.high === null ? "" : `<rect x="${left}" y="${upper.toFixed(1)}" width="${w - left - right}" height="${(lower - upper).toFixed(1)}" fill="${colours.band}"/>`;
  const path = points.map((p, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(p.value).toFixed(1)}`).join("");
  const dots = points.map((p, i) => {
    const out = (trend.high !== null && p.value > trend.high) || (trend.low !== null && p.value < trend.low);
    const arrow = !out ? "" : trend.high !== null && p.value > trend.high ? "↑" : "↓";
    return `<circle cx="${x(i).toFixed(1)}" cy="${y(p.value).toFixed(1)}" r="${out ? 5 : 4}" fill="${out ? colours.bad : colours.line}"/>` +
      text(x(i), y(p.value) - 9, `${p.value}${arrow}`, out ? colours.bad : colours.text, 600) +
      text(x(i), h - 10, dayOf(p.at).slice(5).replace("-", "/"), colours.text);
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">${band}` +
    `<path d="M${left} ${h - bottom}H${w - right}" stroke="${colours.grid}" fill="none"/><path d="${path}" stroke="${colours.line}" stroke-width="2" fill="none"/>${dots.join("")}</svg>`;
  return "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
}
