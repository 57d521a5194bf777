/** `dmp doctor` */
import type { CommandTable } from '../command-table.ts'
import { databaseVariables, jsonOption, keyVariables } from './settings.ts'

export const doctorTable = {
  name: 'doctor',
  group: 'operators',
  summary: 'checks an installation, and says what to do about what it finds',
  about: `Looks at everything a server needs, with the settings of the server: settings, database, roles,
migrations, partitions, chain of traces, keys, certificates, issuers, matrices, store of contents,
channels of notices, ports, disks, clock. Each finding says what to do. It changes nothing (but for
one object that it puts into the store of contents and removes), and prints no secret. Run it
before the first start, after each change of settings, and when something is wrong.`,
  options: {
    only: { kind: 'texts', value: '<check>', says: 'this check alone, and what it needs; may be repeated' },
    quiet: { kind: 'flag', says: 'what is wrong, and nothing else' },
    langue: {
      kind: 'choice',
      of: ['fr', 'en'],
      says: 'of the findings; that of your locale (LC_ALL, LC_MESSAGES, LANG) unless said',
    },
    ...jsonOption,
  },
  variables: {
    '…': 'all those of the server: docs/operations.md "Environment"',
    ...databaseVariables,
    ...keyVariables,
  },
  examples: [
    { line: 'dmp doctor', says: 'everything', ends: [0, 1] },
    { line: 'dmp doctor --quiet --langue fr', says: 'what is wrong, in French', ends: [0, 1] },
    {
      line: 'dmp doctor --only settings --only keys --json',
      says: 'two checks, for a program',
      ends: [0, 1],
    },
  ],
  ends: { 0: 'no fault was found; there may be warnings', 1: 'at least one fault was found' },
  more: 'docs/cli.md "dmp doctor"',
} as const satisfies CommandTable
