import { dayLabel } from "@/lib/time";

export function DayDivider({ at }: { at: string }) {
  return (
    <div className="flex items-center gap-3 py-3 text-soft text-xs font-medium">
      <span className="h-px flex-1 bg-line" />
      <span>{dayLabel(at, new Date())}</span>
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}

export function NewLine() {
  return (
    <div className="flex items-center gap-2 py-1.5 text-signal-text text-xs font-semibold" data-new-line>
      <span className="h-px flex-1 bg-signal" />
      <span>New</span>
    </div>
  );
}
