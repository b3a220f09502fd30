// Keeps one headless Chromium and does what it is told, one JSON command a line on standard input, one JSON answer a line on standard output:
//   {"do": "visitor", "id": 1}                     a fresh profile: no storage, no cookies
//   {"do": "open", "id": 1, "url": "..."}          goes to a page and waits until it has loaded
//   {"do": "call", "id": 1, "name": "track", "arguments": [...]}    calls the SDK of the page
//   {"do": "evaluate", "id": 1, "script": "..."}   the value of an expression in the page
//   {"do": "dialogs", "id": 1}                     the texts of the alerts that the page has shown
//   {"do": "leave", "id": 1}                       closes the profile
// Usage: node browser.js CHROMIUM_PROGRAM
"use strict";

const readline = require("readline");
const { chromium } = require("playwright-core");

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const visitors = new Map();

const commands = {
  async visitor(browser, { id }) {
    const context = await browser.newContext({ locale: "zh-CN", timezoneId: "Asia/Shanghai" });
    const page = await context.newPage();
    const dialogs = [];
    page.on("dialog", (dialog) => { dialogs.push(dialog.message()); dialog.dismiss(); });
    visitors.set(id, { context, page, dialogs });
  },
  async open(browser, { id, url }) {
    await visitors.get(id).page.goto(url, { waitUntil: "load" });
  },
  call(browser, { id, name, arguments: values }) {
    return visitors.get(id).page.evaluate(([method, given]) => { window.sensors[method](...given); }, [name, values]);
  },
  evaluate(browser, { id, script }) {
    return visitors.get(id).page.evaluate(script);
  },
  dialogs(browser, { id }) {
    return visitors.get(id).dialogs;
  },
  async leave(browser, { id }) {
    await visitors.get(id).context.close();
    visitors.delete(id);
  },
};

async function main() {
  const browser = await chromium.launch({ executablePath: process.argv[2], args: FLAGS });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    let answer;
    try {
      answer = { value: (await commands[command.do](browser, command)) ?? null };
    } catch (error) {
      answer = { error: String(error.stack || error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  await browser.close();
}

main().catch((error) => { console.error(error); process.exit(1); });
