/** `dmp demo` */
import type { CommandTable } from '../command-table.ts'
import { defaultServer } from './settings.ts'

export const demoTable = {
  name: 'demo',
  group: 'start',
  summary: 'plays the main job of the server, and tells it step by step',
  about: `A hospital pushes a letter, a GP reads it, who may not does not, and the patient sees who did
what: 26 requests, with their answers and the rules that decide. It plays against the server that
DMP_URL names, or the one that answers at ${defaultServer}, or one that is
started for it, with temporary data, and stopped.`,
  options: {
    cda: {
      kind: 'text',
      value: '<file>',
      says: 'a CDA discharge letter (LOINC 11490-0) of a fictitious patient, instead of ours',
      fills: 'file',
    },
    'own-server': { kind: 'flag', says: 'starts a server for it even where one is running' },
  },
  variables: { DMP_URL: 'the FHIR base of a sandbox that is to be played against' },
  examples: [
    { line: 'dmp demo', says: 'the whole story, in about two seconds' },
    {
      line: 'dmp demo --own-server --no-color > story.txt',
      says: 'with a server of its own, into a file',
      notRun: 'it starts a server of its own: test/cli/demo.test.ts does',
    },
  ],
  ends: {
    0: 'every answer was as told',
    1: 'one was not; the step is named',
    69: 'no server answers at DMP_URL',
  },
  more: 'README.md "The demonstration"',
} as const satisfies CommandTable
