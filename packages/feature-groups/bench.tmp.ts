import { config } from "../../trilane.config.ts";
import { parseRecord, encodePayload, contentHash, parseIsoTimeUs, encodeKey } from "@trilane/feature-groups";
import { makeVersion } from "@trilane/write-through";
function bench(n: string, f: (i: number) => unknown) { for (let i = 0; i < 2e5; i++) f(i); for (let r=0;r<2;r++){const N = 1e6; const t = process.hrtime.bigint(); for (let i = 0; i < N; i++) f(i); console.log(n, Math.round(Number(process.hrtime.bigint() - t) / N), "ns"); }}
const g = config.groups.routes; const nowMs = Date.now();
const A = Array.from({length: 200}, (_, i) => String.fromCharCode(65+i%26, 65+(i*7)%26, 65+(i*3)%26));
let s: unknown;
bench("batch (bigint)", i => { s = parseRecord(g, { date: 978307260000000n + BigInt(i) * 1000000n, delay: BigInt(i % 300) , distance: 4000n, origin: A[i % 200], destination: A[(i * 7) % 200] }, { lane: "batch", nowMs }); });
console.log(s);
bench("stream (iso)", i => { s = parseRecord(g, { date: "2001-03-04T05:06:07.123456Z", delay: i % 300, distance: i % 3000, origin: A[i % 200], destination: A[(i * 7) % 200] }, { lane: "stream", nowMs }); });
bench("departures (bigint)", i => { s = parseRecord(config.groups.departures, { date: 978307260000000n + BigInt(i) * 1000000n, delay: BigInt(i % 300) , distance: 4000n, origin: A[i % 200], destination: A[(i * 7) % 200] }, { lane: "batch", nowMs }); });
bench("airport", i => { s = parseRecord(config.groups.airports, { iata: A[i%200], name: "Seattle-Tacoma", city: "Seattle", state:"WA", country:"USA", latitude:"47.44898194", longitude:"-122.3093131" }, { lane: "batch", nowMs, sourceTimeUs: 1e15 }); });
bench("iso", i => { s = parseIsoTimeUs(i&1 ? "2001-03-04T05:06:07.123456Z":"2001-03-04T05:06:07.1Z"); });
bench("encodePayload", i => { s = encodePayload(1, {delay:i%300,distance:i%3000}); });
const p = encodePayload(1, {delay:5,distance:300}); console.log(p);
bench("contentHash", i => { s = contentHash(p) });
bench("makeVersion", i => { s = makeVersion({eventTimeUs:978307260000000+i, sequence:0n, lane:"batch", contentHash:"0123456789abcdef"}) });
bench("encodeKey", i => { s = encodeKey(g, {origin: A[i % 200]!, destination: A[(i * 7) % 200]!}) });
