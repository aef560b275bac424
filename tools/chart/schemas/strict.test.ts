import { expect, it } from 'vitest';

import { quantity, strict } from './strict.ts';

it('closes every object with named properties, at any depth', () => {
  const port = { type: 'object', properties: { name: { type: 'string' } } };
  const schema = { properties: { ports: { type: 'array', items: port } } };
  expect(strict(schema)).toEqual({
    properties: { ports: { type: 'array', items: { ...port, additionalProperties: false } } },
    additionalProperties: false,
  });
});

it('leaves open maps, objects without named properties, and objects that keep unknown fields', () => {
  const labels = { type: 'object', additionalProperties: { type: 'string' } };
  expect(strict(labels)).toEqual(labels);
  expect(strict({ type: 'object' })).toEqual({ type: 'object' });
  const extension = { properties: {}, 'x-kubernetes-preserve-unknown-fields': true };
  expect(strict(extension)).toEqual({ properties: {} });
});

it('drops the prose', () => {
  const schema = { type: 'integer', description: 'a port', default: 80, format: 'int32' };
  expect(strict(schema)).toEqual({ type: 'integer' });
});

it('takes a number or a name where Kubernetes does', () => {
  const either = { type: ['integer', 'string'] };
  expect(strict({ type: 'string', format: 'int-or-string' })).toEqual(either);
  const custom = { anyOf: [{ type: 'integer' }, { type: 'string' }], pattern: '^a' };
  expect(strict({ ...custom, 'x-kubernetes-int-or-string': true })).toEqual(either);
});

it('keeps a property that has the name of a keyword', () => {
  const schema = { properties: { description: { type: 'string' }, oneOf: { type: 'string' } } };
  expect(strict(schema).properties).toEqual(schema.properties);
});

it('refuses an unknown keyword', () => {
  expect(() => strict({ oneOf: [{}] })).toThrow('the unknown keyword oneOf');
});

it('knows a quantity', () => {
  const pattern = new RegExp(quantity['pattern'] as string);
  const good = ['250m', '1Gi', '0.5', '1', '64Mi', '1e3', '-1'];
  const bad = ['1GB', '1 Gi', '250 m', '', 'Gi', '1gi'];
  expect(good.filter((text) => !pattern.test(text))).toEqual([]);
  expect(bad.filter((text) => pattern.test(text))).toEqual([]);
});
