/** `crypto.randomUUID` exists only on HTTPS and localhost; `getRandomValues` is everywhere. */
export function newNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
