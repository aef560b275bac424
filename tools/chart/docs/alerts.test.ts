import { expect, it } from 'vitest';

import { alertsReadme } from './alerts.ts';

const slow = {
  name: 'RelaySlow',
  rule: 'severity: warning\nparameters: { seconds: 1, for: 5m }\n',
  runbook: '# RelaySlow\n\nReads are slow.\n\n## Meaning\n',
};
const down = {
  name: 'RelayDown',
  rule: 'severity: critical\n',
  runbook: '# RelayDown\n\nNothing answers.\n',
};

it('lists alerts by severity, with their parameters, in place of the former table', () => {
  const list = 'Before\n\n<!-- alerts -->\n\nold\n\n<!-- /alerts -->\n\nAfter\n';
  expect(alertsReadme(list, [slow, down])).toBe(`Before

<!-- alerts -->

| alert                             | severity | description      | parameters            |
| --------------------------------- | -------- | ---------------- | --------------------- |
| [RelayDown](RelayDown/runbook.md) | critical | Nothing answers. |                       |
| [RelaySlow](RelaySlow/runbook.md) | warning  | Reads are slow.  | \`seconds: 1, for: 5m\` |

<!-- /alerts -->

After
`);
});

it('fails without a place for the table', () => {
  expect(() => alertsReadme('Before\n', [slow])).toThrow('no <!-- alerts -->');
});
