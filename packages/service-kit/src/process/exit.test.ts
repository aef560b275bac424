import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ConfigError } from './config.ts';
import { exitWith } from './exit.ts';

class DemoError extends Error {}

let written: string;
beforeEach(() => {
  written = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
});
afterEach(() => vi.restoreAllMocks());

test('an error of the operator is printed without a stack trace', () => {
  expect(() => exitWith(new ConfigError('PORT: is wrong'))).toThrow('exit 1');
  expect(written).toBe('Cannot start:\nPORT: is wrong\n');
});

test('so is an expected error, with its own message', () => {
  expect(() => exitWith(new DemoError('no Relay'), [DemoError], { lead: '' })).toThrow('exit 1');
  expect(written).toBe('no Relay\n');
});

test('any other shows where it was', () => {
  expect(() => exitWith(new DemoError('a bug'))).toThrow('exit 1');
  expect(written).toMatch(/^Cannot start:\nError: a bug\n +at .*exit\.test/);
});

test('a thrown value that is no error is printed as text', () => {
  expect(() => exitWith('gone')).toThrow('exit 1');
  expect(written).toBe('Cannot start:\ngone\n');
});
