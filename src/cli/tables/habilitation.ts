/** `dmp habilitation import` */
import type { CommandTable } from '../command-table.ts'
import { jsonOption } from './settings.ts'

export const habilitationImportTable = {
  name: 'habilitation import',
  group: 'operators',
  summary: 'imports the habilitation matrix that an operator publishes',
  words: { told: '<file>', fills: 'file' },
  about: `Reads the matrix that an operator publishes, .json or .csv, one row for each profession and document
type: field_code_profession, field_code_categorie_document, field_code_loinc,
field_consultation_document. It tells what changes, and writes the next version into the folder
that servers read. Refused, with every reason: an unknown code, a cell that is missing, or one
that stands twice. Nothing that is or was in force is ever changed.`,
  options: {
    from: {
      kind: 'text',
      value: '<day>',
      says: 'YYYY-MM-DD: the day it takes force, in France; tomorrow unless said',
    },
    keep: {
      kind: 'text',
      value: '<codes>',
      says: 'professions of which it says nothing, and whose cells stay: GENR08,GENR09',
    },
    source: {
      kind: 'text',
      value: '<text>',
      says: 'what the publication is; the name of the file unless said',
    },
    tables: {
      kind: 'text',
      value: '<folder>',
      says: 'where servers read tables',
      variable: 'DMP_TABLES_DIR',
      fills: 'folder',
    },
    'dry-run': { kind: 'flag', says: 'tells what would change, writes nothing' },
    ...jsonOption,
  },
  variables: { DMP_TABLES_DIR: 'where servers read tables' },
  examples: [
    {
      line: 'DMP_TABLES_DIR=/srv/dmp/tables dmp habilitation import matrice.csv --from 2027-01-01 --dry-run',
      says: 'what would change?',
      notRun: 'it needs a published matrix',
    },
  ],
  ends: { 0: 'written, or told with --dry-run', 1: 'refused, and nothing is written; every reason is named' },
  more: 'docs/operations.md "The habilitation matrix"',
} as const satisfies CommandTable
