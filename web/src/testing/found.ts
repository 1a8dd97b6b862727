/** What a test is sure to have. */
export function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the model has no such thing");
  return value;
}
