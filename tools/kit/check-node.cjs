// Loaded before each command, by any version of Node: hence old JavaScript.
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

// Children inherit the flags, and may run in a folder where the relative path is wrong.
var own = process.execArgv.findIndex(function isThis(flag) {
  return flag.endsWith('check-node.cjs');
});
if (own > 0) process.execArgv.splice(own - 1, 2);
