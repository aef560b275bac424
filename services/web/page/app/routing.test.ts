import { expect, test } from 'vitest';

import { createRouting } from './routing.ts';

/** The parts of a window that routing uses, with its history. */
function fakeWindow(pathname: string) {
  const location = { pathname };
  const pushed: string[] = [];
  let goBack: (() => void) | undefined;
  const window = {
    location,
    history: {
      pushState(_state: unknown, _title: string, path: string) {
        pushed.push(path);
        location.pathname = path;
      },
    },
    addEventListener: (_type: string, listener: () => void) => void (goBack = listener),
    scrollTo() {},
  };
  return {
    routing: createRouting(window as unknown as Window),
    pushed,
    back(path: string) {
      location.pathname = path;
      goBack!();
    },
  };
}

function click(pathname: string, more: Partial<MouseEvent> = {}) {
  const event = {
    button: 0,
    currentTarget: { pathname },
    defaultPrevented: false,
    preventDefault() {
      event.defaultPrevented = true;
    },
    ...more,
  };
  return event as typeof event & MouseEvent;
}

test('a link changes the path without a new document', () => {
  const { routing, pushed } = fakeWindow('/');
  const event = click('/top');
  routing.follow(event);
  expect([routing.path.value, pushed, event.defaultPrevented]).toEqual(['/top', ['/top'], true]);
  routing.navigate('/top');
  expect(pushed).toEqual(['/top']);
});

test('the history changes the path', () => {
  const { routing, back } = fakeWindow('/');
  routing.navigate('/mine');
  back('/');
  expect(routing.path.value).toBe('/');
});

test.each([
  { ctrlKey: true },
  { metaKey: true },
  { shiftKey: true },
  { altKey: true },
  { button: 1 },
])('a click with %j is left to the browser', (more) => {
  const { routing } = fakeWindow('/');
  const event = click('/top', more);
  routing.follow(event);
  expect([routing.path.value, event.defaultPrevented]).toEqual(['/', false]);
});
