// A server of an official account, made with the packages wechat and wechat-crypto, unmodified: node wechat_server.js TOKEN AES_KEY APPID
// Prints its port. /safe and /plain are the account's address in either mode; POST /reply says what is answered from now on;
// GET /seen tells the pushes that arrived, as the package hands them to its programs; POST /crypto seals, opens and signs.
"use strict";

const http = require("http");
const wechat = require("wechat");
const WXBizMsgCrypt = require("wechat-crypto");

const [token, encodingAESKey, appid] = process.argv.slice(2);
const crypto = new WXBizMsgCrypt(token, encodingAESKey, appid);
const seen = [];
let reply = "";

function respond(request, response) {
  seen.push(request.weixin);
  if (reply && reply.transfer !== undefined) {
    response.transfer2CustomerService(reply.transfer || undefined);
  } else {
    response.reply(reply);
  }
}

const addresses = {
  "/safe": wechat({ token, appid, encodingAESKey }, respond),
  "/plain": wechat(token, respond),
};

const operations = {
  seal: ({ message }) => crypto.encrypt(message),
  open: ({ encrypt }) => crypto.decrypt(encrypt),
  sign: ({ parts }) => crypto.getSignature(...parts),
};

function read(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString() || "null")));
    request.on("error", reject);
  });
}

async function told(request, path) {
  if (path === "/seen") return seen.splice(0);
  const asked = await read(request);
  if (path === "/reply") {
    reply = asked;
    return null;
  }
  return operations[asked.operation](asked);
}

function fail(response, error) {
  response.writeHead(500);
  response.end(String(error));
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://localhost");
  request.query = Object.fromEntries(url.searchParams);
  const address = addresses[url.pathname];
  if (address) {
    address(request, response, (error) => fail(response, error));
    return;
  }
  told(request, url.pathname).then(
    (found) => response.end(JSON.stringify(found)),
    (error) => fail(response, error),
  );
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
