// A real OpenID provider for the tests: node provider.mjs FOLDER_WITH_NODE_MODULES PORT REDIRECT_URI
// Every name signs in with any password; what the provider says of it follows from its words: "unverified", "factor", "renamed".
import { pathToFileURL } from "node:url";

const [folder, port, redirect] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(`${folder}/node_modules/oidc-provider/lib/index.js`).href)
  .then((module) => ({ Provider: module.Provider ?? module.default }));
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [{
    client_id: "meetingpoint", client_secret: "a secret of the tests, long enough", redirect_uris: [redirect],
    grant_types: ["authorization_code"], response_types: ["code"], token_endpoint_auth_method: "client_secret_basic",
  }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  pkce: { required: () => true },
  cookies: { keys: ["a key of the tests"] },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      email: id.includes("renamed") ? "new.name@example.org" : `${id.split("+")[0]}@example.org`,
      email_verified: !id.includes("unverified"),
      name: id,
    }),
  }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
