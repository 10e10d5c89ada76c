import { sha256 } from "@noble/hashes/sha2.js";

/** The `Content-Digest` header (RFC 9530) of a body. Not `crypto.subtle`: it is absent on plain http. */
export function contentDigest(body: Uint8Array): string {
  let binary = "";
  for (const byte of sha256(body)) binary += String.fromCharCode(byte);
  return `sha-256=:${btoa(binary)}:`;
}
