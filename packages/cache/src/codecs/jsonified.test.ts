import { expect, expectTypeOf, it } from 'vitest';

import type { JsonOnly, Jsonified } from './jsonified.ts';

interface Tree {
  at: Date;
  children: Tree[];
}

class Money {
  readonly cents = 1;
  toJSON() {
    return { amount: '0.01' };
  }
}

// Types: `npm run types` fails where one is wrong.
it('has types that agree with a value after JSON', () => {
  const value = {
    at: new Date(0),
    money: new Money(),
    tuple: [1, new Date(0)] as [number, Date],
    maybe: undefined as string | undefined,
    method: () => 1,
    nested: { list: [{ id: 1, note: null }] },
  };
  const result = JSON.parse(JSON.stringify(value)) as Jsonified<typeof value>;
  expectTypeOf(result).toEqualTypeOf<{
    at: string;
    money: { amount: string };
    tuple: [number, string];
    maybe?: string;
    nested: { list: { id: number; note: null }[] };
  }>();
  expect(result).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    money: { amount: '0.01' },
    tuple: [1, '1970-01-01T00:00:00.000Z'],
    nested: { list: [{ id: 1, note: null }] },
  });
});

export function types() {
  expectTypeOf<Jsonified<Tree>['children'][number]['at']>().toEqualTypeOf<string>();
  expectTypeOf<Jsonified<unknown>>().toBeUnknown();
  expectTypeOf<Jsonified<'a' | 1 | null>>().toEqualTypeOf<'a' | 1 | null>();
  expectTypeOf<Jsonified<Record<string, Date>>>().toEqualTypeOf<Record<string, string>>();
  expectTypeOf<Jsonified<readonly Date[]>>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<Jsonified<Date | null>>().toEqualTypeOf<string | null>();

  expectTypeOf<JsonOnly<unknown>>().toBeUnknown();
  expectTypeOf<JsonOnly<Tree | null>>().toBeUnknown();
  expectTypeOf<JsonOnly<Money>>().toBeUnknown();
  expectTypeOf<JsonOnly<{ a?: string }>>().toBeUnknown();
  expectTypeOf<JsonOnly<Record<string, unknown>>>().toBeUnknown();
  expectTypeOf<JsonOnly<Tree | undefined>>().not.toBeUnknown();
  expectTypeOf<JsonOnly<{ a: Map<string, number> }[]>>().not.toBeUnknown();
  expectTypeOf<JsonOnly<Uint8Array>>().not.toBeUnknown();
}
