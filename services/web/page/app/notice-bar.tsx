import { useEffect } from 'preact/hooks';

import { useServices } from './services.ts';

const SHOWN_MS = 6000;

/** Shows the last message. The live regions always exist: screen readers often skip a region that is added with its text. */
export function NoticeBar() {
  const { notices } = useServices();
  const notice = notices.current.value;
  useEffect(() => {
    if (notice?.kind !== 'success') return undefined;
    const timer = setTimeout(notices.dismiss, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  const textOf = (kind: 'success' | 'error') => (notice?.kind === kind ? notice.text : undefined);
  return (
    <div class={`notice-bar ${notice ? notice.kind : 'empty'}`}>
      <p role="status">{textOf('success')}</p>
      <p role="alert">{textOf('error')}</p>
      {notice && (
        <button type="button" class="text-button" onClick={notices.dismiss}>
          Dismiss
        </button>
      )}
    </div>
  );
}
