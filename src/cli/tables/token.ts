/** `dmp token`: its options are those that a persona of the sandbox has. */
import type { personaOptions } from '../../sandbox/personas.ts'
import type { CommandTable, OptionTable } from '../command-table.ts'
import { jsonOption, serverVariable } from './settings.ts'

const who = {
  ps: { kind: 'text', value: '<8+RPPS>', says: 'a professional in person' },
  profession: { kind: 'text', value: '<code>', says: 'of the professional: 10 is a doctor, 60 a nurse (10)' },
  specialite: { kind: 'text', value: '<code>', says: 'SM26 is general medicine' },
  structure: {
    kind: 'text',
    value: '<id>',
    says: '1 + FINESS, 3 + SIRET or 4 + RPPS + rank; alone: a structure’s own certificate',
  },
  air: { kind: 'flag', says: 'a structure’s certificate with an identified professional' },
  secretariat: { kind: 'flag', says: 'an employee who is no health professional' },
  patient: { kind: 'text', value: '<matricule>', says: 'a patient in person' },
  representant: { kind: 'text', value: '<matricule>', says: 'a legal representative, for --pour' },
  aidant: { kind: 'text', value: '<matricule>', says: 'a carer, for --pour' },
  pour: { kind: 'text', value: '<matricule>', says: 'whose record it is' },
  'assurance-maladie': { kind: 'flag', says: 'the health insurance' },
  auditeur: { kind: 'flag', says: 'an auditor' },
  administration: { kind: 'flag', says: 'who opens and closes records' },
  regulation: { kind: 'flag', says: 'with --ps: a regulating doctor (centre 15)' },
  'connexion-secrete': { kind: 'flag', says: 'with --ps: a minor’s secret connection' },
  motif: { kind: 'text', value: '<text>', says: 'the motive of an emergency access, in the token' },
  service: {
    kind: 'text',
    value: '<client id>',
    says: 'with a patient or who stands for one: through this third-party service',
  },
  finalite: { kind: 'text', value: '<code>', says: 'with --service: why it asks, a code of v3-ActReason' },
} as const satisfies Readonly<Record<keyof typeof personaOptions, OptionTable>>

export const tokenTable = {
  name: 'token',
  group: 'start',
  summary: 'prints a sandbox access token, for whoever you describe',
  about: `Asks the sandbox issuer of a server for a token, and prints it alone. It is for trying: a server in
production has no such issuer. A matricule is a NIR of 15 digits; write another kind as
urn:oid:1.2.250.1.213.1.4.10|279035121518989.`,
  options: {
    ...who,
    scope: {
      kind: 'text',
      value: '<scopes>',
      says: 'SMART v2 scopes; all that the caller may have unless said',
    },
    ...jsonOption,
  },
  variables: serverVariable,
  examples: [
    { line: 'dmp token --ps 899700000005 --structure 1750000001', says: 'a general practitioner' },
    { line: 'dmp token --structure 1750000001', says: 'a hospital’s system, to push with' },
    {
      line: 'dmp token --patient "urn:oid:1.2.250.1.213.1.4.10|279035121518989"',
      says: 'a patient, by a matricule of test',
    },
    {
      line: 'curl -s -H "Authorization: Bearer $(dmp token --administration)" "$DMP_URL/Patient?identifier=urn:oid:1.2.250.1.213.1.4.10%7C279035121518989"',
      says: 'in a request: does this record exist? (TD0.2)',
    },
  ],
  ends: {
    0: 'the token is on standard output',
    1: 'the issuer refused',
    69: 'no server answers, or it has no issuer',
  },
  more: 'docs/api.md "Tokens"',
  secretive: true,
} as const satisfies CommandTable
