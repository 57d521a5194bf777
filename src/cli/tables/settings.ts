/** What is said in several tables with the same words. */

export const defaultServer = 'http://127.0.0.1:8080/fhir'

export const serverVariable = { DMP_URL: `the FHIR base of the server (${defaultServer})` } as const

export const databaseVariables = {
  DATABASE_URL: 'the database, with the login that owns its schema, or file:/path that holds the URL',
  DMP_DATA_DIR: 'without DATABASE_URL: where the embedded PostgreSQL lies (.data)',
} as const

/** Of commands that seal or open: they need the server's own. */
export const keyVariables = {
  DMP_MASTER_KEY: 'the master key of the servers, or file:/path; in a sandbox the one in DMP_DATA_DIR',
  DMP_SEAL_KEY: 'the key of the seal, or file:/path; in a sandbox one derived from the master key',
} as const

export const jsonOption = {
  json: { kind: 'flag', says: 'the answer as JSON, and nothing else on standard output (docs/cli.md)' },
} as const

export const needsInstallation = 'it works on the database of an installation'

/** The first patient that `dmp seed` makes, as a search has it: nobody's matricule, of the OID of test. */
export const seededPatient = 'urn:oid:1.2.250.1.213.1.4.10%7C205129900000084'
