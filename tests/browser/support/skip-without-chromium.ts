import { beforeEach, inject } from 'vitest';

// The set-up logs the reason. On a cluster, other tests run beside those of the browser.
beforeEach(({ skip, task }) => {
  skip(inject('chromium') === null && task.file.name.endsWith('.browser.test.ts'));
});
