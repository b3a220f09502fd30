// Drives sa-sdk-node, unmodified: node node_sdk.js SCENARIO SERVER_URL MARK CACHE_FOLDER
// Prints one JSON object: how many submissions succeeded, and the errors that the SDK told of.
"use strict";

const SensorsAnalytics = require("sa-sdk-node");

const [scenario, url, mark, cacheFolder] = process.argv.slice(2);
const sensors = new SensorsAnalytics();
const told = { sent: 0, errors: [] };
const anonymous = `node-a-${mark}`;
const login = `node-u-${mark}`;
const noon = Date.parse("2026-11-20T12:00:00+08:00");

// The SDK gives up after ten seconds, which a machine with much to do may take for an answer.
const patience = 40000;

function submit(options, batch) {
  const submitter = sensors.submitTo({ timeout: patience, ...(typeof options === "string" ? { url: options } : options) }, batch);
  submitter.subscribe(
    () => { told.sent += 1; },
    (error) => { told.errors.push(String(error.message || error)); },
    () => {},
  );
}

function trackNumbered(count) {
  for (let number = 0; number < count; number += 1) {
    sensors.track(login, "Numbered", { number, $time: noon + number });
  }
}

// Each scenario starts its calls and says how many successes or errors it waits for.
const scenarios = {
  everything() {
    submit(url);
    sensors.registerSuperProperties({ $app_version: "2.1", shop: "上海旗舰店" });
    sensors.track(anonymous, "ViewProduct", { product: "红色连衣裙", $time: noon, tags: ["a", "b"] });
    sensors.trackSignup(login, anonymous, { $time: noon + 1000 });
    sensors.track(login, "OrderPaid", { amount: 99.5, $is_login_id: true, $time: new Date(noon + 2000) });
    sensors.profileSet(login, { city: "北京", $is_login_id: true, $time: noon });
    sensors.profileSetOnce(login, { city: "上海", origin: "node", $is_login_id: true, $time: noon + 1 });
    sensors.profileIncrement(login, { points: 5, $time: noon + 2 });
    sensors.profileIncrement(login, { points: 7, $time: noon + 3 });
    sensors.profileAppend(login, { likes: ["dress", "bag"] });
    sensors.profileUnset(login, ["shop"]);
    sensors.itemSet("goods", `g-${mark}`, { title: "托特包", price: 399 });
    return 10;
  },
  counted() {
    submit(url, { count: 3 });
    trackNumbered(9);
    return 3;
  },
  timed() {
    submit({ url, gzip: false }, { timeSpan: 100 });
    trackNumbered(5);
    return 1;
  },
  debug() {
    submit({ url, mode: "debug_and_track" });
    sensors.track(login, "Debugged", { $time: noon });
    return 1;
  },
  dry() {
    submit({ url, mode: "debug_only" });
    sensors.track(login, "Rehearsed", { $time: noon });
    return 1;
  },
  cached() {
    // The consumer that keeps what it could not send in a file, twice, and replays both copies.
    sensors.initNWConsumer({ url, cachePath: cacheFolder });
    trackNumbered(1);
    return null;
  },
};

const wanted = scenarios[scenario]();

// After its first error the SDK tells nothing more.
function done() {
  return wanted === null ? cacheIsEmpty() : told.sent >= wanted || told.errors.length > 0;
}

// The cache file is a log: a line per insertion, and a line with `$$deleted` per removal.
let seenInCache = false;
function cacheIsEmpty() {
  const file = `${cacheFolder}/salog.db`;
  const lines = require("fs").existsSync(file) ? require("fs").readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  const removed = lines.filter((line) => line.includes('"$$deleted":true')).length;
  seenInCache = seenInCache || lines.length > 0;
  told.cached = lines.length - 2 * removed;
  return seenInCache && told.cached === 0;
}

const timer = setInterval(() => {
  if (done()) {
    clearInterval(timer);
    process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0));
  }
}, 20);
