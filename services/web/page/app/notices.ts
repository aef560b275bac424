import { signal, type ReadonlySignal } from '@preact/signals';

export interface Notice {
  id: number;
  text: string;
  kind: 'success' | 'error';
}

/** Short messages about results, one at a time. */
export interface Notices {
  current: ReadonlySignal<Notice | undefined>;
  show(text: string, kind?: Notice['kind']): void;
  dismiss(): void;
}

export function createNotices(): Notices {
  const current = signal<Notice>();
  let lastId = 0;
  return {
    current,
    show(text, kind = 'success') {
      lastId += 1;
      current.value = { id: lastId, text, kind };
    },
    dismiss: () => void (current.value = undefined),
  };
}
