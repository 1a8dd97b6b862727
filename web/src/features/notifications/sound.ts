import { isMuted } from "@/view/mute";

const EVERY_MS = 1_000;
let context: AudioContext | null = null;
let playedAt = 0;

/** Browsers give sound only after a gesture: the first one makes it ready. */
export function armSound(): () => void {
  const arm = () => {
    context ??= new AudioContext();
    void context.resume();
  };
  addEventListener("pointerdown", arm);
  addEventListener("keydown", arm);
  return () => {
    removeEventListener("pointerdown", arm);
    removeEventListener("keydown", arm);
  };
}

/** Two soft notes from an oscillator; at most once a second. */
export function playSound(now: number): void {
  if (!context || isMuted() || now - playedAt < EVERY_MS) return;
  playedAt = now;
  document.documentElement.dataset.sounds = String(Number(document.documentElement.dataset.sounds ?? 0) + 1);
  for (const [frequency, delay] of [
    [659, 0],
    [880, 0.09],
  ] as const) {
    const at = context.currentTime + delay;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0.0001, at);
    gain.gain.exponentialRampToValueAtTime(0.08, at + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.28);
    const oscillator = context.createOscillator();
    oscillator.frequency.value = frequency;
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + 0.3);
  }
}
