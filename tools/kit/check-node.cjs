// Loaded before each command, by whatever Node there is: so it is plain, old JavaScript.
'use strict';

var NEEDED_MAJOR = 24;
var major = Number(process.versions.node.split('.')[0]);

if (major < NEEDED_MAJOR) {
  process.stderr.write(
    [
      'Relay needs Node ' +
        NEEDED_MAJOR +
        ', and this is ' +
        process.versions.node +
        ' (' +
        process.execPath +
        ').',
      'npm ci brings it as the package "node", unless install scripts are off (--ignore-scripts).',
      'Install it: npm rebuild node --ignore-scripts=false',
      'Or put a Node ' + NEEDED_MAJOR + ' of your own first on the PATH.',
      '',
    ].join('\n'),
  );
  process.exit(1);
}

// A child process gets the flags of its parent, and may run in another folder. It needs no check.
var own = process.execArgv.findIndex(function isThis(flag) {
  return flag.endsWith('check-node.cjs');
});
if (own > 0) process.execArgv.splice(own - 1, 2);
