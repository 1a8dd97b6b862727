import { fullTimeOf, timeOf } from "@/lib/time";

export function MessageTime({ at }: { at: string }) {
  return (
    <time dateTime={at} title={fullTimeOf(at)} className="whitespace-nowrap text-soft text-xs tabular-nums">
      {timeOf(at)}
    </time>
  );
}
