import { describe, expect, it } from 'vitest';

import { renderNotes } from './helm.ts';

const namespace = (name: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
});
const block = { ipBlock: { cidr: '192.0.2.0/24' } };
const envoy = { ...namespace('edge'), podSelector: { matchLabels: { app: 'envoy' } } };

describe('the notes of an installation', () => {
  it.each<[string, object, string]>([
    ['Contour alone, by default', {}, 'the namespace projectcontour.'],
    [
      'two namespaces',
      { ingressFrom: ['a', 'b'].map(namespace) },
      'the namespace a, the namespace b.',
    ],
    ['some pods of a namespace', { ingressFrom: [envoy] }, `${JSON.stringify(envoy)}.`],
    ['a block of addresses', { ingressFrom: [block] }, `${JSON.stringify(block)}.`],
    ['no peer', { ingressFrom: [] }, 'no peer.'],
  ])('name who may call the API: %s', async (_who, networkPolicy, admitted) => {
    const notes = await renderNotes({ values: { networkPolicy } });
    expect(notes).toContain(`lets this call the API: ${admitted}`);
  });

  it('speak of no policy where there is none', async () => {
    const notes = await renderNotes({ values: { networkPolicy: { enabled: false } } });
    expect(notes).not.toContain('networkPolicy');
  });
});
