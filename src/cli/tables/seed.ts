/** `dmp seed` */
import type { CommandTable } from '../command-table.ts'
import { databaseVariables, jsonOption } from './settings.ts'

export const seedTable = {
  name: 'seed',
  group: 'integrators',
  summary: 'made-up patients and documents, for trying',
  about: `Fills a sandbox with records of nobody: patients with matricules of test, documents in about the
national proportions. The same seed makes the same records. A second run adds nothing; one that
was stopped is gone on with. Beside a server or not; refused in production.`,
  options: {
    patients: {
      kind: 'whole',
      value: '<n>',
      least: 1,
      most: 1_000_000,
      usual: 100,
      says: 'made-up patients, with matricules of test',
    },
    documents: {
      kind: 'whole',
      value: '<n>',
      least: 0,
      most: 100_000_000,
      usual: 2_000,
      says: 'in all; most patients have few, some many',
    },
    seed: {
      kind: 'whole',
      value: '<n>',
      least: 0,
      most: 2 ** 32 - 1,
      usual: 1,
      says: 'the same number makes the same records',
    },
    size: {
      kind: 'whole',
      value: '<bytes>',
      least: 1_000,
      most: 1_000_000,
      usual: 8_000,
      says: 'of a document, in the middle: some are ten times as large',
    },
    record: {
      kind: 'texts',
      value: '<n>',
      says: 'one patient more, with exactly so many documents; may be repeated',
    },
    narrow: { kind: 'flag', says: 'documents of a few lines, whatever the size: for millions of them' },
    authorise: {
      kind: 'texts',
      value: '<8+RPPS>',
      says: 'a general practitioner who may read all of them (899700000005); may be repeated',
    },
    processes: {
      kind: 'whole',
      value: '<n>',
      least: 1,
      most: 64,
      says: 'that make them at once; as many as there are processors, unless there is little to make',
    },
    ...jsonOption,
    part: {
      kind: 'text',
      value: '<part/parts>',
      says: 'of a process that this command begins',
      hidden: true,
    },
  },
  variables: databaseVariables,
  examples: [
    { line: 'dmp seed --patients 5 --documents 20', says: 'a handful, in a second' },
    {
      line: 'dmp seed --patients 10000 --documents 1000000 --narrow',
      says: 'a million documents',
      notRun: 'it takes minutes',
    },
  ],
  ends: {
    0: 'they are there',
    64: 'wrong usage; or these patients are there with other documents, and stay as they are',
    75: 'stopped: the same command goes on',
    78: 'this is no sandbox',
  },
  more: 'docs/operations.md "Made-up records"',
} as const satisfies CommandTable
