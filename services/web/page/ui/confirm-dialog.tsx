import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

interface ConfirmDialogProps {
  title: string;
  /** Of the button that goes on, such as "Delete". */
  action: string;
  onConfirm: () => void;
  /** After every answer. */
  onClose: () => void;
  children: ComponentChildren;
}

/** A question before something that cannot be undone. Escape and "Keep" answer no. */
export function ConfirmDialog({ title, action, onConfirm, onClose, children }: ConfirmDialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      <p>{children}</p>
      <form method="dialog" class="actions">
        <button class="button">Keep it</button>
        <button class="button danger" onClick={onConfirm}>
          {action}
        </button>
      </form>
    </dialog>
  );
}
