import type { ComponentChildren } from 'preact';

interface FailureProps {
  onRetry: () => void;
  children: ComponentChildren;
}

/** An error in the place of its content, with a way to try again. */
export function Failure({ onRetry, children }: FailureProps) {
  return (
    <div class="alert" role="alert">
      <p>{children}</p>
      <button type="button" class="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
