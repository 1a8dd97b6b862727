import { sentence } from "@/api/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { useAttempt } from "@/ui/use-attempt";
import { closeDialog, type Question } from "@/view/view";

/** Asks before something that is not taken back so easily: Enter does it, Escape does not. */
export function ConfirmDialog({ question: { title, text, quote, action, run } }: { question: Question }) {
  const { failure, isBusy, attempt } = useAttempt();
  const confirm = () =>
    attempt(async () => {
      await run();
      closeDialog();
    });

  return (
    <Dialog title={title} onClose={closeDialog}>
      <p className="text-soft">{text}</p>
      {quote && (
        <blockquote className="mt-3 line-clamp-4 whitespace-pre-line break-words rounded-lg border border-line px-3 py-2">
          {quote}
        </blockquote>
      )}
      {failure && (
        <p role="alert" className="mt-3 text-signal-text text-sm">
          {sentence(failure)}
        </p>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={closeDialog}>Cancel</Button>
        <Button look="danger" data-autofocus disabled={isBusy} onClick={() => void confirm()}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
