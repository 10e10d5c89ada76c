/**
 * Reads a pass without a network: `FX1:` + Base45(zlib(COSE_Sign1(CWT))), signed with EdDSA. Never throws: what cannot
 * be read is forged, what another key or community has signed is foreign.
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import { decode, encode, Tagged } from "cborg";
import { Unzlib } from "fflate";
import type { Trust } from "./decide";
import type { PassKind } from "./types";

const PREFIX = "FX1:";
const LONGEST = 1_200;
const UNFOLDED = 2_048;
const KINDS: Record<number, PassKind> = { 1: "resident", 2: "vehicle", 3: "visitor", 4: "worker" };
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
/** Tag of a COSE_Sign1; its content is a list. */
const SIGN1 = 18;

export interface Claims {
  id: string;
  kind: PassKind;
  community: string;
  resident: string | null;
  label: string;
  /** Milliseconds. */
  from: number;
  until: number;
}

export interface Read {
  trust: Trust;
  claims: Claims | null;
}

export interface Key {
  kid: string;
  public: string;
}

/** Whether a text is meant to be a pass at all. */
export const looksLikePass = (text: string): boolean => text.trim().startsWith(PREFIX);

/** RFC 9285. */
export function base45(text: string): Uint8Array | null {
  const values = Array.from(text, (c) => DIGITS.indexOf(c));
  if (values.some((value) => value < 0) || values.length % 3 === 1) return null;
  const bytes: number[] = [];
  for (let i = 0; i < values.length; i += 3) {
    const rest = values.length - i;
    const n = values[i]! + values[i + 1]! * 45 + (rest >= 3 ? values[i + 2]! * 2025 : 0);
    if (n > (rest >= 3 ? 0xffff : 0xff)) return null;
    if (rest >= 3) bytes.push(n >> 8);
    bytes.push(n & 0xff);
  }
  return new Uint8Array(bytes);
}

/** Unfolds at most `UNFOLDED` bytes; a small code must not fill the phone. */
function unfold(packed: Uint8Array): Uint8Array | null {
  const parts: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  const stream = new Unzlib((part, final) => {
    parts.push(part);
    length += part.length;
    ended ||= final;
    if (length > UNFOLDED) throw new Error("too long");
  });
  try {
    // In small steps, so that it is stopped soon.
    for (let at = 0; at < packed.length; at += 64) {
      stream.push(packed.subarray(at, at + 64), at + 64 >= packed.length);
    }
  } catch {
    return null;
  }
  if (!ended) return null;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...Array.from(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function unbase64url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
}

function uuid(value: unknown): string | null {
  if (!(value instanceof Uint8Array) || value.length !== 16) return null;
  const hex = Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const asMap = (bytes: Uint8Array): Map<unknown, unknown> | null => {
  const value: unknown = decode(bytes, { useMaps: true });
  return value instanceof Map ? value : null;
};

function claimsOf(payload: Uint8Array): Claims | null {
  const map = asMap(payload);
  const seconds = (name: number) => {
    const value = map?.get(name);
    return typeof value === "number" ? value * 1_000 : NaN;
  };
  const id = uuid(map?.get(7));
  const community = uuid(map?.get(-65_538));
  const kind = KINDS[map?.get(-65_537) as number];
  const label = map?.get(-65_539);
  const [from, until] = [seconds(5), seconds(4)];
  if (!id || !community || !kind || typeof label !== "string" || Number.isNaN(from) || Number.isNaN(until)) return null;
  return { id, kind, community, resident: uuid(map?.get(2)), label, from, until };
}

const forged: Read = { trust: "forged", claims: null };

/** What a code says, and whether it can be believed at the gates of this community. */
export function readPass(code: string, keys: Key[], community: string): Read {
  try {
    return read(code.trim(), keys, community);
  } catch {
    return forged;
  }
}

function read(code: string, keys: Key[], community: string): Read {
  if (code.length > LONGEST || !code.startsWith(PREFIX)) return forged;
  const packed = base45(code.slice(PREFIX.length));
  const signed = packed && unfold(packed);
  if (!signed) return forged;
  const decoded: unknown = decode(signed, {
    useMaps: true,
    tags: Tagged.preserve(SIGN1),
  });
  const parts: unknown = decoded instanceof Tagged ? decoded.value : null;
  if (!Array.isArray(parts) || parts.length !== 4) return forged;
  const [head, , payload, signature] = parts as unknown[];
  if (!(head instanceof Uint8Array) || !(payload instanceof Uint8Array) || !(signature instanceof Uint8Array)) return forged;
  // Only what is signed says how it is signed.
  const header = asMap(head);
  const kid = header?.get(4);
  if (header?.get(1) !== -8 || !(kid instanceof Uint8Array)) return forged;
  const key = keys.find((one) => one.kid === base64url(kid));
  if (!key) return { trust: "foreign", claims: null };
  const message = encode(["Signature1", head, new Uint8Array(0), payload]);
  if (!ed25519.verify(signature, message, unbase64url(key.public), { zip215: false })) return forged;
  const claims = claimsOf(payload);
  if (!claims) return forged;
  return { trust: claims.community === community ? "ok" : "foreign", claims };
}
