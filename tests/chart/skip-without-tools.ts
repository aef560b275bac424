import { beforeEach, inject } from 'vitest';

// The set-up has printed the reason.
beforeEach(({ skip }) => skip(inject('chartTools') === null));
