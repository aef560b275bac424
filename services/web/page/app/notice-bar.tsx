import { useEffect, useRef } from 'preact/hooks';

import { focusHeading } from '../ui/heading.tsx';
import { useServices } from './services.ts';

const SHOWN_MS = 6000;

/** Shows the last message. The live regions always exist: screen readers often skip a region that is added with its text. */
export function NoticeBar() {
  const { notices } = useServices();
  const notice = notices.current.value;
  const button = useRef<HTMLButtonElement>(null);
  const cameFrom = useRef<EventTarget>(null);

  /** Moves the focus back before its button goes. */
  function dismiss(): void {
    if (document.activeElement === button.current) {
      const last = cameFrom.current;
      if (last instanceof HTMLElement && last.isConnected) last.focus({ preventScroll: true });
      else focusHeading();
    }
    notices.dismiss();
  }

  useEffect(() => {
    if (notice?.kind !== 'success') return undefined;
    const timer = setTimeout(dismiss, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  const textOf = (kind: 'success' | 'error') => (notice?.kind === kind ? notice.text : undefined);
  return (
    <div class={`notice-bar ${notice ? notice.kind : 'empty'}`}>
      <p role="status">{textOf('success')}</p>
      <p role="alert">{textOf('error')}</p>
      {notice && (
        <button
          ref={button}
          type="button"
          class="text-button"
          onFocus={({ relatedTarget }) => (cameFrom.current = relatedTarget)}
          onClick={dismiss}
        >
          Dismiss
        </button>
      )}
    </div>
  );
}
