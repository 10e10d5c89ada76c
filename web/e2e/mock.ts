/** A small stand-in for the server, to prove the field app's queue in a true browser. Not a specification. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Roster } from "../src/field/gate/types";
import type { Duty, FieldRecord } from "../src/field/types";

const dist = join(dirname(fileURLToPath(import.meta.url)), "../dist");
const TYPES: Record<string, string> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};
/** The policy the field page must work under. */
const CSP = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

export type Mood = "good" | "portal" | "lost-answer" | "busy" | "signed-out" | "error" | "reject";

export class Mock {
  mood: Mood = "good";
  lang: "zh-CN" | "en" = "zh-CN";
  /** Every record of every request, also the repeated ones. */
  readonly received: FieldRecord[] = [];
  /** What the server has taken, once each. */
  readonly journal = new Map<string, { user: string; record: FieldRecord }>();
  readonly faults: string[] = [];
  duty: Duty;
  /** What the server gives of a gate; null: the gate is not the user's. */
  roster: Roster | null = null;
  private server: Server | undefined;

  constructor(duty: Duty) {
    this.duty = duty;
  }

  async start(): Promise<string> {
    this.server = createServer((request, response) => void this.answer(request, response));
    await new Promise<void>((resolve) => this.server?.listen(0, "127.0.0.1", resolve));
    return `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://mock").pathname;
    const send = (status: number, type: string, body: string | Buffer, headers: Record<string, string> = {}) => {
      response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store", ...headers });
      response.end(body);
    };
    const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
      send(status, "application/problem+json", JSON.stringify({ type: `/problems/${code}`, status, code }), headers);
    if (this.mood === "portal") return send(200, "text/html", "<!doctype html><title>Wi-Fi</title><h1>Log in to the Wi-Fi</h1>");
    if (path === "/field") return send(200, "text/html; charset=utf-8", this.page(), { "X-Fangxian": "field", "Content-Security-Policy": CSP });
    if (path.startsWith("/assets/") || path === "/sw.js" || path === "/manifest.webmanifest") {
      const name = path.replace("/assets/", "");
      try {
        return send(200, TYPES[extname(name)] ?? "application/octet-stream", readFileSync(join(dist, name)));
      } catch {
        return problem(404, "not-found");
      }
    }
    if (path === "/api/field/duty" || path === "/api/field/records" || path.startsWith("/api/gates/")) {
      if (this.mood === "signed-out") return problem(401, "signed-out");
      if (this.mood === "error") return problem(500, "internal");
      if (this.mood === "busy") return problem(503, "busy", { "Retry-After": "2" });
    }
    if (path === "/api/field/duty") return send(200, "application/json", JSON.stringify({ ...this.duty, now: new Date().toISOString() }));
    if (path === "/api/field/records" && request.method === "POST") return this.take(request, send, problem, response);
    if (path.startsWith("/api/gates/") && path.endsWith("/roster")) {
      if (!this.roster) return problem(404, "not-found");
      const etag = `"${createHash("sha256").update(JSON.stringify(this.roster)).digest("hex").slice(0, 12)}"`;
      if (request.headers["if-none-match"] === etag) return send(304, "application/json", "");
      return send(200, "application/json", JSON.stringify({ ...this.roster, now: new Date().toISOString() }), { ETag: etag });
    }
    if (path === "/api/messages") return send(200, "application/json", "[]");
    return problem(404, "not-found");
  }

  private async take(
    request: IncomingMessage,
    send: (status: number, type: string, body: string) => void,
    problem: (status: number, code: string) => void,
    response: ServerResponse,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const digest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
    if (request.headers["content-digest"] !== digest) {
      this.faults.push("digest");
      return problem(400, "digest");
    }
    if (Number.isNaN(Date.parse(String(request.headers["x-phone-time"])))) this.faults.push("phone time");
    if (request.headers["x-field-user"] !== this.duty.user.id) {
      this.faults.push("user");
      return problem(409, "other-user");
    }
    const { records } = JSON.parse(body.toString()) as { records: FieldRecord[] };
    const answers = records.map((record) => {
      this.received.push(record);
      if (this.mood === "reject") {
        return { id: record.id, status: "rejected", code: "no-right", detail: this.lang === "en" ? "You are not on this shift." : "您不在这个班次上，请联系负责人。" };
      }
      const known = this.journal.has(record.id);
      if (!known) this.journal.set(record.id, { user: this.duty.user.id, record });
      return { id: record.id, status: known ? "duplicate" : "accepted", code: "", detail: "" };
    });
    // The records are taken, but the phone never hears of it.
    if (this.mood === "lost-answer") return void response.destroy();
    send(200, "application/json", JSON.stringify({ answers }));
  }

  private page(): string {
    return `<!doctype html>
<html lang="${this.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="theme-color" content="#0b6b45">
<title>${this.lang === "en" ? "My shifts" : "我的班次"}</title>
<link rel="icon" href="/assets/favicon.svg">
<link rel="manifest" href="/manifest.webmanifest">
<link rel="stylesheet" href="/assets/field.css">
<script type="module" src="/assets/field.js"></script>
</head>
<body class="field"><main id="field-app" data-user="${this.duty.user.id}"><p>JavaScript</p></main></body>
</html>`;
  }
}

const id = (n: number): string => `01900000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const HOUR = 3600_000;

/** A duty around now: a shift that is on, one tomorrow, one the day after. */
export function sampleDuty(options: { leader?: boolean; shifts?: boolean; english?: boolean } = {}): Duty {
  const at = (hours: number) => new Date(Math.floor(Date.now() / HOUR) * HOUR + hours * HOUR).toISOString();
  const en = options.english === true;
  const names = en
    ? ["Wang Fang", "Li Guoqiang", "Chen Xiaomin", "Zhao Jianhua", "Zhou Li"]
    : ["王芳", "李国强", "陈晓敏", "赵建华", "周丽"];
  const person = (n: number, state: "expected" | "here" | "left" = "expected") => ({
    helper: id(100 + n),
    name: names[n] ?? "",
    state,
    in_at: state === "expected" ? null : at(-1),
    out_at: null,
  });
  const shifts: Duty["shifts"] = [
    {
      id: id(1),
      post: en ? "Compound gate · North" : "小区卡点 · 北门",
      place: en ? "Jiaoji community" : "交暨居民区",
      org: en ? "District SASAC" : "区国资委",
      starts_at: at(-1),
      ends_at: at(5),
      leader: options.leader === true,
      people: options.leader ? [person(0), person(1, "here"), person(2), person(3), person(4)] : [person(0)],
    },
    {
      id: id(2),
      post: en ? "Sampling lane 3" : "采样通道 3 号",
      place: en ? "Jiaoji community · School" : "交暨居民区 · 实验小学",
      org: en ? "District SASAC" : "区国资委",
      starts_at: at(23),
      ends_at: at(27),
      leader: false,
      people: [person(0)],
    },
    {
      id: id(3),
      post: en ? "Delivery" : "物资配送",
      place: en ? "Jiaoji community" : "交暨居民区",
      org: null,
      starts_at: at(50),
      ends_at: at(54),
      leader: false,
      people: [person(0)],
    },
  ];
  return {
    user: { id: id(900), name: names[0] ?? "", helper: id(100) },
    now: new Date().toISOString(),
    zone: "Asia/Shanghai",
    activities: [
      { code: "units-disinfected", zh: "消杀单元", en: "Building units disinfected" },
      { code: "households-visited", zh: "入户走访", en: "Households visited" },
      { code: "parcels-delivered", zh: "配送物资", en: "Parcels delivered" },
    ],
    shifts: options.shifts === false ? [] : shifts,
  };
}

/** A gate at which the user of {@link sampleDuty} stands, with two residents behind it. */
export function sampleGate(duty: Duty): Roster {
  const gate = id(500);
  const until = new Date(Date.now() + 6 * HOUR).toISOString();
  duty.gates = [{ id: gate, name: "北门卡点", place: "交暨居民区 北门", shift: id(1), until }];
  const resident = (n: number, name: string, flat: string, weak = false) => ({
    id: id(600 + n),
    name,
    household: id(700 + n),
    flat,
    phone_end: `120${n}`,
    identity_end: `01${n}X`,
    weak,
  });
  return {
    gate: { id: gate, name: "北门", compound: "交暨小区", community: "交暨居民区", community_id: id(400) },
    now: new Date().toISOString(),
    until,
    rule: { alarm: 373, exits: null, visitors: true, health: false, travel: false, mask: true, boot: false },
    keys: [],
    residents: [resident(1, "沈玉兰", "1号楼 502"), resident(2, "何永辉", "2号楼 101", true)],
    passes: [
      {
        id: id(801),
        number: "57240006",
        kind: "resident",
        resident: id(601),
        household: id(701),
        name: "",
        plate: "",
        from: new Date(Date.now() - 24 * HOUR).toISOString(),
        until: new Date(Date.now() + 90 * 24 * HOUR).toISOString(),
        state: "active",
      },
    ],
    standings: [{ resident: id(602), confined: { from: new Date(Date.now() - HOUR).toISOString(), until: null, why: "密接" }, permit: null }],
    exits: [],
    inside: [],
    parcels: [],
  };
}
