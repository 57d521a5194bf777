/** `dmp explain` */
import type { CommandTable } from '../command-table.ts'
import { seededPatient, serverVariable } from './settings.ts'

export const explainTable = {
  name: 'explain',
  group: 'start',
  summary: 'how the server would decide a request, rule by rule',
  words: { told: '<method> <url>', fills: 'method' },
  about: `Asks a server how its policy would decide a request of the token’s caller, and prints the rules in the
order in which they are asked. The request itself is not made. What the caller may not know of is
explained as what does not exist.`,
  options: {
    token: { kind: 'text', value: '<token>', says: 'an access token', variable: 'DMP_TOKEN' },
    mode: {
      kind: 'text',
      value: '<mode>',
      says: 'normal, bris_de_glace or centre_15: the mode of access (normal)',
    },
    motif: { kind: 'text', value: '<text>', says: 'the motive of an emergency access' },
    patient: {
      kind: 'text',
      value: '<record>',
      says: 'the id of the record, or system|INS, where the request names none',
    },
    type: { kind: 'text', value: '<code>', says: 'a document type, system|code or code: may it be read?' },
    langue: { kind: 'choice', of: ['fr', 'en'], usual: 'fr', says: 'of the explanation' },
    json: { kind: 'flag', says: 'the Parameters of the server as they came' },
  },
  variables: { ...serverVariable, DMP_TOKEN: 'an access token' },
  examples: [
    {
      line: `dmp explain --token "$(dmp token --ps 899700000005)" GET "/fhir/DocumentReference?patient.identifier=${seededPatient}"`,
      says: 'may a GP look for documents in a record that dmp seed has made?',
    },
    {
      line: `dmp explain --token "$(dmp token --ps 899700000013 --profession 60)" --langue en --type 11490-0 GET "/fhir/DocumentReference?patient.identifier=${seededPatient}"`,
      says: 'and a nurse whom nobody has authorised? her own documents alone',
    },
  ],
  ends: { 0: 'the request would be permitted', 1: 'it would be refused', 69: 'the server does not answer' },
  more: 'docs/api.md "$expliquer", docs/policy.md for the rules',
  secretive: true,
} as const satisfies CommandTable
