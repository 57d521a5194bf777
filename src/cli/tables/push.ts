/** `dmp push` */
import type { CommandTable } from '../command-table.ts'
import { serverVariable } from './settings.ts'

export const pushTable = {
  name: 'push',
  group: 'integrators',
  summary: 'deposits a folder of documents, once each',
  words: { told: '<files or folders>…', fills: 'file' },
  about: `Deposits documents once each, however often it is run: CDA (.xml), HL7 v2 messages that carry
one (.hl7, .er7), and PDF, JPEG, TIFF, RTF, text with what is said of them in a .json beside
them, or in push.json for a whole folder.`,
  options: {
    simple: { kind: 'flag', says: 'ITI-105, a document by itself, instead of ITI-65' },
    batch: {
      kind: 'whole',
      value: '<n>',
      least: 1,
      most: 50,
      usual: 1,
      says: 'documents of one patient in one submission',
    },
    concurrency: {
      kind: 'whole',
      value: '<n>',
      least: 1,
      most: 32,
      usual: 4,
      says: 'requests at once; fewer while the server asks for it',
    },
    journal: {
      kind: 'text',
      value: '<file>',
      says: 'what was done; .dmp-push-[server].jsonl in the first folder unless said',
      fills: 'file',
    },
    report: { kind: 'text', value: '<file>', says: 'what became of each file, as JSON', fills: 'file' },
    ack: {
      kind: 'text',
      value: '<folder>',
      says: 'an acknowledgement for each HL7 v2 message',
      fills: 'folder',
    },
    'source-id': {
      kind: 'text',
      value: '<oid>',
      says: 'the software that sends, as it is known to the server',
    },
    'give-up-after': {
      kind: 'whole',
      value: '<minutes>',
      least: 1,
      most: 10_000,
      usual: 15,
      says: 'without an answer',
    },
    'max-bytes': {
      kind: 'whole',
      value: '<bytes>',
      least: 1_024,
      most: 2 ** 30,
      usual: 20 * 1024 * 1024,
      says: 'the largest document that the server takes',
    },
    'dry-run': { kind: 'flag', says: 'tells what is wrong with the files, sends nothing' },
    json: { kind: 'flag', says: 'one JSON object a line (docs/push.md)' },
    token: { kind: 'text', value: '<token>', says: 'an access token', variable: 'DMP_TOKEN' },
    'token-command': { kind: 'text', value: '<command>', says: 'prints one; run again when it ends' },
    structure: { kind: 'text', value: '<id>', says: 'one of the sandbox issuer, for this structure' },
    cert: { kind: 'text', value: '<file>', says: 'the client certificate, in PEM', fills: 'file' },
    key: { kind: 'text', value: '<file>', says: 'its key, in PEM', fills: 'file' },
    ca: { kind: 'text', value: '<file>', says: 'the authority of the server, in PEM', fills: 'file' },
  },
  variables: { ...serverVariable, DMP_TOKEN: 'an access token' },
  examples: [
    { line: 'dmp push --dry-run ./letters', says: 'what is wrong with these files?', ends: [0, 1] },
    {
      line: 'dmp push --structure 1750000001 ./letters',
      says: 'into a sandbox, as a hospital; run again, it sends nothing twice',
      ends: [0, 1],
    },
    {
      line: 'dmp push --token-command ./new-token.sh --cert client.pem --key client.key ./letters',
      says: 'as in production: a token that is renewed, a client certificate',
      notRun: 'it needs a certificate, and a server that asks for one',
    },
  ],
  ends: { 0: 'everything is there', 1: 'some were refused, and are named', 75: 'not finished: run it again' },
  more: 'docs/push.md',
  secretive: true,
} as const satisfies CommandTable
