// @vitest-environment jsdom
import { expect, test, vi } from "vitest";
import { TypingSignal } from "@/features/composer/typing-signal";
import { typingText } from "./typing-line";

test("one, two, and more people", () => {
  expect(typingText(["Alice"])).toBe("Alice is typing");
  expect(typingText(["Alice", "Bob"])).toBe("Alice and Bob are typing");
  expect(typingText(["Alice", "Bob", "Cem"])).toBe("3 people are typing");
});

test("typing is said once, again after ten seconds, and taken back after two without a key", () => {
  vi.useFakeTimers();
  const said: string[] = [];
  const signal = new TypingSignal((state) => said.push(state));
  for (let second = 0; second < 11; second += 1) {
    signal.keyPressed();
    vi.advanceTimersByTime(1_000);
  }
  expect(said).toEqual(["started", "started"]);
  vi.advanceTimersByTime(2_000);
  expect(said).toEqual(["started", "started", "stopped"]);
  signal.keyPressed();
  signal.sent();
  vi.advanceTimersByTime(5_000);
  expect(said).toEqual(["started", "started", "stopped", "started"]);
  vi.useRealTimers();
});
