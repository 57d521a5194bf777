/** The tables of what an operator does to the data of an installation: indicators, keys, notices, records, search index. */
import type { CommandTable } from '../command-table.ts'
import { databaseVariables, jsonOption, keyVariables, needsInstallation } from './settings.ts'

export const indicatorsRebuildTable = {
  name: 'indicators rebuild',
  group: 'operators',
  summary: 'counts usage anew',
  about: `Counts usage (docs/indicators.md) anew from the traces that are there. The server may run meanwhile:
until all is counted it answers that the reports are pending. Stopped, it is gone on with by the
server, or by the same command.`,
  options: jsonOption,
  variables: databaseVariables,
  examples: [
    {
      line: 'dmp indicators rebuild',
      says: 'after a release that counts otherwise',
      notRun: needsInstallation,
    },
  ],
  ends: {
    0: 'all traces are counted',
    1: 'refused: the retention mark cannot be read',
    69: 'the database cannot be reached',
    75: 'stopped: a server goes on with it',
  },
  more: 'docs/indicators.md',
} as const satisfies CommandTable

export const keyRotateTable = {
  name: 'key rotate',
  group: 'operators',
  summary: 'lets a new master key take over, while servers go on',
  about: `Wraps the key of every record anew by DMP_MASTER_KEY, where another one wraps it: that one is given
in DMP_MASTER_KEY_FORMER. Seals contents that lie in the clear. Servers go on meanwhile if they know
both keys. May be stopped and run again: it goes on with what is left.`,
  options: {
    batch: {
      kind: 'whole',
      value: '<n>',
      least: 1,
      most: 10_000,
      usual: 500,
      says: 'record keys in one transaction',
    },
    ...jsonOption,
  },
  variables: {
    DMP_MASTER_KEY: 'the new one, or file:/path',
    DMP_MASTER_KEY_FORMER: 'the one of before, or file:/path',
    ...databaseVariables,
  },
  examples: [{ line: 'dmp key rotate', says: 'step 3 of 4', notRun: needsInstallation }],
  ends: {
    0: 'no other master key is in use',
    1: 'something is left, and is named',
    69: 'the database cannot be reached',
    75: 'stopped: run it again',
    78: 'a wrong setting',
  },
  more: 'docs/operations.md "Keys of contents"',
} as const satisfies CommandTable

export const noticesTable = {
  name: 'notices',
  group: 'operators',
  summary: 'what patients are still to be told, and begins anew what was given up',
  about: `What is owed to patients and médecins traitants and was not told yet: by channel, by state, by why it
failed last. owed: not yet given to a channel (there is none, or no server runs). pending: to be
sent, or sent again. dead: given up. Numbers alone: of whom, nobody reads here.`,
  options: {
    retry: { kind: 'flag', says: 'begins anew what is dead, once its cause is gone' },
    ...jsonOption,
  },
  variables: databaseVariables,
  examples: [
    { line: 'dmp notices', says: 'does a channel stand still?', notRun: needsInstallation },
    { line: 'dmp notices --retry', says: 'after it was repaired', notRun: needsInstallation },
  ],
  ends: { 0: 'nothing is dead', 1: 'something is', 69: 'the database cannot be reached' },
  more: 'docs/notices.md "Watching"',
} as const satisfies CommandTable

export const purgeTable = {
  name: 'purge',
  group: 'operators',
  summary: 'destroys the records that were closed ten years ago',
  about: `Counts the records closed ten years ago or more (CSP L.1111-18), and their rows. With --apply it
destroys them, for ever: documents, choices, identifiers. Traces stay as long as all others do, and
one of the destruction is added.`,
  options: {
    apply: { kind: 'flag', says: 'destroys; without it, it counts' },
    'at-most': {
      kind: 'whole',
      value: '<n>',
      least: 1,
      most: 100_000,
      usual: 1_000,
      says: 'records of one run, the longest closed first',
    },
    ...jsonOption,
  },
  variables: {
    DATABASE_URL: databaseVariables.DATABASE_URL,
    DMP_CONTENT_STORE: 'where contents lie in an object store; without it servers remove its objects',
    ...keyVariables,
  },
  examples: [{ line: 'dmp purge', says: 'how many would go?', notRun: needsInstallation }],
  ends: { 0: 'counted, or destroyed', 69: 'the database cannot be reached', 78: 'a wrong setting' },
  more: 'docs/operations.md "Destruction"',
} as const satisfies CommandTable

export const reindexTable = {
  name: 'reindex',
  group: 'operators',
  summary: 'makes anew what resources and documents are found by',
  about: `To be run once all servers are of a release that brings search parameters, or reads them otherwise.
Servers go on meanwhile. No version is made, and nothing is dated anew.`,
  options: {
    type: { kind: 'texts', value: '<type>', says: 'only resources of this type; may be repeated' },
    after: {
      kind: 'text',
      value: '<type>/<id>',
      says: 'goes on behind this one, where a run before has stopped',
    },
    batch: {
      kind: 'whole',
      value: '<n>',
      least: 1,
      most: 5_000,
      usual: 200,
      says: 'resources in one transaction: as long a writer of one of them may wait',
    },
    ...jsonOption,
  },
  variables: {
    DMP_PUBLIC_URL: 'of the servers: a reference to their own address is found as a local one',
    ...databaseVariables,
  },
  examples: [
    { line: 'dmp reindex', says: 'all of it', notRun: needsInstallation },
    { line: 'dmp reindex --type DocumentReference', says: 'documents alone', notRun: needsInstallation },
  ],
  ends: {
    0: 'all are indexed anew',
    1: 'some have too many values, and are named',
    69: 'the database cannot be reached',
    75: 'stopped: it says with which --after to go on',
    78: 'the database is of another release',
  },
  more: 'docs/operations.md "Search index"',
} as const satisfies CommandTable
