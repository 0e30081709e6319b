// oidc-provider, shaped like a tenant of Entra: the tenant in the issuer's path, `tid` and `oid` beside a `sub` that
// is none of them, all claims in the ID token. Its one argument is JSON:
// {host, port, path, clients: [...], accounts: {login: {oid, preferred_username, …}}}; it says "ready" when it listens.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

import Provider from "oidc-provider";

const { host, port, path, clients, accounts } = JSON.parse(process.argv[2]);
const issuer = `http://${host}:${port}${path}`;
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });

const provider = new Provider(issuer, {
  clients,
  jwks: { keys: [{ ...key, kid: "of-this-run", use: "sig", alg: "RS256" }] },
  cookies: { keys: ["for tests alone"] },
  claims: { openid: ["sub", "tid", "oid", "roles"], profile: ["preferred_username", "name"], email: ["email"] },
  conformIdTokenClaims: false,
  // The dispatcher that it brings refuses to tell loopback addresses who has signed out.
  fetch: (url, { dispatcher: _, ...options }) => fetch(url, options),
  pkce: { required: () => true },
  extraClientMetadata: { properties: ["frontchannel_logout_uri"] },
  findAccount: (_ctx, id) => id in accounts && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
  features: {
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true, logoutSource: sayGoodbye },
  },
});

// Loads the clients' front-channel logout addresses in frames (OpenID Connect Front-Channel Logout 1.0 §2), which
// oidc-provider leaves to whoever runs it, and asks whether to sign out.
async function sayGoodbye(ctx, form) {
  const frames = [];
  for (const id of Object.keys(ctx.oidc.session.authorizations ?? {})) {
    const uri = (await provider.Client.find(id))["frontchannel_logout_uri"];
    const query = new URLSearchParams({ iss: issuer, sid: ctx.oidc.session.sidFor(id) });
    if (uri) frames.push(`<iframe src="${uri}?${query}"></iframe>`);
  }
  ctx.body = `<!doctype html><title>Sign out</title>${form}
    <button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out everywhere</button>${frames.join("")}`;
}

provider.on("backchannel.error", (_ctx, error, client) => console.log(`${client.clientId} was not told: ${error}; ${error.cause}`));
const answer = provider.callback();
createServer((request, response) => {
  if (!request.url.startsWith(`${path}/`)) {
    response.writeHead(404).end();
    return;
  }
  // Entra has a page of accounts to choose from, oidc-provider the page where one types who one is.
  request.url = request.url.replace("prompt=select_account", "prompt=login");
  request.originalUrl = request.url; // how oidc-provider learns that it lives below a path
  request.url = request.url.slice(path.length);
  answer(request, response);
}).listen(port, host, () => console.log("ready"));
