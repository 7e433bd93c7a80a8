// A peer in `make bench`: Node's fetch. $NODE_EXTRA_CA_CERTS holds the certificate authority.
// usage and output: as in bench/meter.lua
import { readFileSync } from "node:fs";

const [url, calls, inFlight, bodyFile] = process.argv.slice(2).map((text, at) => (at === 1 || at === 2 ? +text : text));
const request = JSON.parse(readFileSync(bodyFile, "utf8"));
const headers = {
  "Content-Type": "application/json",
  Accept: "application/json",
  Authorization: "User bench-user, Organization bench-organization",
};
// Ten times what the others need: V8 compiles for a second or so.
const warmUp = 3000 + 4 * inFlight;
const total = warmUp + calls + inFlight;
let begun = 0;
let answers = 0;
let cpu;
let wall;

async function work() {
  while (begun < total) {
    begun++;
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(request) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    await response.json();
    answers++;
    if (answers === warmUp) {
      cpu = process.cpuUsage();
      wall = process.hrtime.bigint();
    } else if (answers === warmUp + calls) {
      cpu = process.cpuUsage(cpu);
      wall = process.hrtime.bigint() - wall;
    }
  }
}

await Promise.all(Array.from({ length: inFlight }, work));
const peak = readFileSync("/proc/self/status", "utf8").match(/VmHWM:\s*(\d+)/)[1];
console.log(`${(cpu.user + cpu.system) / calls} ${Number(wall) / 1e3 / calls} ${peak}`);
