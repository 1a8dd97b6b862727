/** While an input method composes a word, Enter belongs to it. Some browsers say so only by the old key code. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}
