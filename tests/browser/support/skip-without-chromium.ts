import { beforeEach, inject } from 'vitest';

// The set-up has said why.
beforeEach(({ skip }) => skip(inject('chromium') === null));
