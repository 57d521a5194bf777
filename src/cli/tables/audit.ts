/** `dmp audit verify`, `dmp audit purge` */
import type { CommandTable } from '../command-table.ts'
import { databaseVariables, jsonOption, keyVariables, needsInstallation } from './settings.ts'

export const auditVerifyTable = {
  name: 'audit verify',
  group: 'operators',
  summary: 'are the traces as they were written?',
  about: `Reads every trace and every signature, and tells the first that is not as it was written: changed,
removed, inserted or reordered, even by who owns the database. It changes nothing; servers go on.
Run it every night, after each restore, and whole each month. With --public-keys an auditor
verifies without any secret, on a copy of the database too; a login that may read audit,
audit_checkpoint, audit_retention and seal_key is enough.`,
  options: {
    since: { kind: 'text', value: '<day>', says: 'only what was signed from this day on (2026-11-01, UTC)' },
    until: { kind: 'text', value: '<day>', says: 'only what was signed before this day' },
    writer: {
      kind: 'whole',
      value: '<number>',
      least: 0,
      most: 2 ** 31 - 1,
      says: 'only what this process has written',
    },
    'public-keys': {
      kind: 'text',
      value: '<file>',
      says: `a JWK set in place of the server’s settings: what the server publishes at
/fhir/.well-known/dmp-seal-keys.json. Seals of single traces are not looked at then`,
      fills: 'file',
    },
    ...jsonOption,
  },
  variables: { ...databaseVariables, ...keyVariables },
  examples: [
    { line: 'dmp audit verify && echo sound', says: 'all of them', notRun: needsInstallation },
    {
      line: 'dmp audit verify --since 2026-11-01 --json',
      says: 'a quick look each night, for a program',
      notRun: needsInstallation,
    },
    {
      line: 'curl -s https://dmp.example/fhir/.well-known/dmp-seal-keys.json > keys.json && DATABASE_URL=postgres://… dmp audit verify --public-keys keys.json',
      says: 'as an auditor',
      notRun: needsInstallation,
    },
  ],
  ends: {
    0: 'all is sound',
    1: 'something was altered, and is named',
    2: 'it could not be verified: no database, no keys',
  },
  more: 'docs/audit.md "Verifying"',
} as const satisfies CommandTable

export const auditPurgeTable = {
  name: 'audit purge',
  group: 'operators',
  summary: 'removes the traces whose time has come',
  about: `Removes the traces that are older than DMP_AUDIT_RETENTION, by whole months, and leaves a signed
mark: verification goes on being sound, and still finds what else is missing. They are verified
before: what was altered is not removed, for its removal would hide it. Servers that own the
schema do the same once a day.`,
  options: { 'dry-run': { kind: 'flag', says: 'says what would be removed' }, ...jsonOption },
  variables: {
    DMP_AUDIT_RETENTION: 'months that traces are kept, or never (120)',
    ...databaseVariables,
    ...keyVariables,
  },
  examples: [{ line: 'dmp audit purge --dry-run', says: 'what would go?', notRun: needsInstallation }],
  ends: {
    0: 'removed, or there was nothing to remove',
    1: 'nothing was removed, and the reason is said',
    69: 'the database cannot be reached',
    78: 'a wrong setting',
  },
  more: 'docs/operations.md "Retention of traces"',
} as const satisfies CommandTable
