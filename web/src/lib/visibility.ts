/** The only reader of `document.hidden`, so that one override hides the page for everyone. */

export function isHidden(): boolean {
  return document.hidden;
}

export function onVisibility(listener: (isHidden: boolean) => void): () => void {
  const listen = () => listener(isHidden());
  document.addEventListener("visibilitychange", listen);
  return () => document.removeEventListener("visibilitychange", listen);
}
