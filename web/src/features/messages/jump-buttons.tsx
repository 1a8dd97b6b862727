import { ArrowDown, ArrowUp } from "lucide-react";

type Props = {
  isAtEnd: boolean;
  isEmpty: boolean;
  newCount: number;
  onEnd: () => void;
  hasNewAbove: boolean;
  onFirstNew: () => void;
};

const pill =
  "pop-in pointer-events-auto inline-flex min-h-8 items-center gap-1.5 rounded-full px-3.5 text-[13px] font-medium shadow-pop max-md:min-h-11";

/** Ways back: to the newest message, and to the first unread one. They float, and so move nothing. */
export function JumpButtons({ isAtEnd, isEmpty, newCount, onEnd, hasNewAbove, onFirstNew }: Props) {
  if (isEmpty) return null;
  return (
    <>
      {hasNewAbove && (
        <div className="pointer-events-none absolute inset-x-0 top-3 z-10 flex justify-center">
          <button type="button" className={`${pill} bg-signal text-on-signal`} onClick={onFirstNew}>
            <ArrowUp size={15} aria-hidden="true" /> Jump to first unread
          </button>
        </div>
      )}
      {!isAtEnd && (
        <div className="pointer-events-none absolute inset-x-0 bottom-3 z-10 flex justify-center">
          {newCount > 0 ? (
            <button type="button" className={`${pill} bg-accent text-on-accent`} onClick={onEnd}>
              New messages <ArrowDown size={15} aria-hidden="true" />
              <span className="rounded-full bg-on-accent/20 px-1.5 tabular-nums">{newCount}</span>
            </button>
          ) : (
            <button type="button" className={`${pill} border border-line bg-raised`} onClick={onEnd}>
              Latest messages <ArrowDown size={15} aria-hidden="true" />
            </button>
          )}
        </div>
      )}
    </>
  );
}
