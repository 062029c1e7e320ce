// Puts the page together: devices, which stay here, and the connection, which is tried only when asked for.

import { byId, say } from "../forum/dom.js";
import { ConnectionView } from "./connection.js";
import { DevicesView } from "./devices.js";
import { ShareView } from "./share.js";

const data = JSON.parse(byId("check-data").textContent ?? "{}");
const devices = new DevicesView(data.texts, (text) => say(byId("said"), text));
devices.begin();
const share = data.result ? new ShareView(data) : null;
share?.begin();
new ConnectionView(data, () => devices.found, (outcome) => void share?.tested(outcome)).begin();
