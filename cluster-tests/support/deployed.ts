import { execa } from 'execa';

import { settings } from './settings.ts';

const HOW = 'Deploy it first: npm run cluster';

/** Refuses where there is no Relay on the cluster that is meant. */
export async function assertDeployed(): Promise<void> {
  for (const tool of ['kubectl', 'helm', 'docker', 'kind']) {
    const { code } = await execa(tool, ['version'], { reject: false });
    if (code === 'ENOENT') throw refusal(`This needs ${tool}, and it is not on the PATH.`);
  }
  const current = await execa('kubectl', ['config', 'current-context'], { reject: false });
  if (current.failed) throw refusal(`kubectl has no current context. ${HOW}`);
  // What follows ends pods, scales to zero, fills what has room.
  const { context } = settings;
  if (current.stdout !== context) {
    const how = `kubectl config use-context ${context}`;
    throw refusal(`This is for ${context}, and kubectl's is ${current.stdout}: ${how}`);
  }
  const found = await execa('helm', ['status', 'relay', '--namespace', 'relay', '--output=json'], {
    reject: false,
  });
  if (found.failed) throw refusal(`Relay is not deployed on ${context}: ${found.stderr}. ${HOW}`);
  const { info } = JSON.parse(found.stdout) as { info: { status: string } };
  if (info.status !== 'deployed') throw refusal(`The release relay is ${info.status}. ${HOW}`);
}

/** An error of one line: where in the code it arose tells nobody anything. */
function refusal(message: string): Error {
  const error = new Error(message);
  error.stack = message;
  return error;
}
