// What an article must be, and what pasted text may bring with it.
import { describe, expect, it } from "vitest";
import { imageProblem, saveProblem, sendProblem } from "../src/rules/article";
import { cleanHtml, htmlOfText, lettersOf } from "../src/rules/clean";

const article = { title: "义诊通知", author: "", digest: "", cover_id: "c", content_html: "<p>周六上午。</p>" };

describe("[A15.8] an article before it leaves", () => {
  it("[A15.8] may be saved without cover and text, but not sent", () => {
    const draft = { ...article, cover_id: null, content_html: "" };
    expect(saveProblem(draft)).toBe("");
    expect(sendProblem(draft)).toBe("请先上传封面图。");
    expect(sendProblem({ ...draft, cover_id: "c" })).toBe("正文还是空的。");
    expect(sendProblem({ ...article, content_html: "<p> <br></p>" })).toBe("正文还是空的。");
    expect(sendProblem(article)).toBe("");
  });
  it("[A15.8] keeps WeChat's lengths", () => {
    expect(saveProblem({ ...article, title: "题".repeat(65) })).toContain("64");
    expect(saveProblem({ ...article, title: "题".repeat(64) })).toBe("");
    expect(saveProblem({ ...article, author: "作".repeat(17) })).toContain("16");
    expect(saveProblem({ ...article, digest: "摘".repeat(121) })).toContain("120");
    expect(saveProblem({ ...article, content_html: "<p>".padEnd(20_001, "字") })).toContain("太长");
    expect(saveProblem({ ...article, title: "  " })).toBe("请写标题。");
  });
  it("[A15.8] takes JPG and PNG up to 2 MB", () => {
    expect(imageProblem({ type: "image/png", size: 2 * 1024 * 1024 })).toBe("");
    expect(imageProblem({ type: "image/png", size: 2 * 1024 * 1024 + 1 })).toContain("2 MB");
    expect(imageProblem({ type: "image/gif", size: 10 })).toContain("JPG");
  });
});

describe("[A15.8] pasted text", () => {
  it("[A15.8] loses scripts, handlers, styles and addresses that are none", () => {
    expect(
      cleanHtml(
        '<p style="color:red" onclick="x()">好<script>alert(1)</script><a href="javascript:x()">点</a></p><iframe src="https://x"></iframe><svg onload="x()"></svg>',
      ),
    ).toBe("<p>好点</p>");
  });
  it("[A15.8] keeps structure, turning office markup into plain elements", () => {
    expect(cleanHtml("<h1>标题</h1><div><b>粗</b><span>体</span></div><ul><li>一</li></ul>")).toBe(
      "<h2>标题</h2><p><strong>粗</strong>体</p><ul><li>一</li></ul>",
    );
    expect(cleanHtml("<section><p>段一</p><p>段二</p></section>")).toBe("<p>段一</p><p>段二</p>");
  });
  it("[A15.8] puts loose text into paragraphs and drops empty ones", () => {
    expect(cleanHtml("散字<b>粗</b><p></p><p>段</p>")).toBe("<p>散字<strong>粗</strong></p><p>段</p>");
    expect(cleanHtml("")).toBe("");
  });
  it("[A15.8] keeps pictures uploaded here and drops those from elsewhere", () => {
    expect(
      cleanHtml(
        '<p><img src="/api/images/1"><img src="https://evil.example/a.png"><img src="//evil.example/b.png"></p>',
      ),
    ).toBe('<p><img src="/api/images/1" alt=""></p>');
  });
  it("[A15.8] becomes a paragraph a line when it is plain, with its signs escaped", () => {
    expect(htmlOfText("一 < 二\r\n\r\n三")).toBe("<p>一 &lt; 二</p><p>三</p>");
    expect(lettersOf("<p>一 二</p><p>三</p>")).toBe(3);
  });
});
