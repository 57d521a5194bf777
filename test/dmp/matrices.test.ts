import { readFileSync } from 'node:fs'
import t from 'tap'
import {
  buildFunctionalMatrix,
  functionalRights,
  grants,
  matrixActors,
} from '../../src/dmp/matrices/functional-matrix.ts'
import { buildHabilitationMatrix } from '../../src/dmp/matrices/habilitation-matrix.ts'
import { tableInForce } from '../../src/dmp/matrices/table-in-force.ts'
import fc from '../support/draws.ts'
import { profiles, terminology } from '../support/profiles.ts'
import { sharedData } from '../support/shared-data.ts'

const day = '2026-11-22'
const rightsTable = tableInForce(profiles.functionalRights, day)
const readTable = tableInForce(profiles.habilitation, day)
const rights = buildFunctionalMatrix(rightsTable)
const reading = buildHabilitationMatrix(readTable, terminology.documentTypes)

const official = sharedData('matrice-habilitation.csv')
const withoutMatrix = official ? false : '../shared/data is absent'

t.test('habilitation: 36 × 102 cells, as the sources have them', { skip: withoutMatrix }, async (t) => {
  t.equal(reading.professions.length * reading.types.length, 3672)
  let seen = 0
  let wrong = 0
  for (const line of readFileSync(official ?? '', 'utf8')
    .split('\n')
    .slice(1)) {
    const cells = [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((m) => m[1] ?? '')
    const [profession = '', , , , , type = '', , , right, , status, , , proposed] = cells
    if (right !== 'READ') continue
    seen++
    const ours = reading.cell(profession, type)
    const confirmed = status === 'confirmed-secondary'
    if (ours?.value !== proposed || (ours?.status === 'confirmed') !== confirmed) wrong++
  }
  t.equal(seen, 3672)
  t.equal(wrong, 0)
})

t.test('habilitation: what is unknown is denied', async (t) => {
  t.equal(reading.readableTypes(undefined).size, 0)
  t.equal(reading.readableTypes('999').size, 0)
  t.equal(reading.cell('10', 'E1762'), undefined, 'signatures are outside')
  t.ok(reading.readableTypes('10').has('http://loinc.org|11490-0'))
  t.equal(reading.readableTypes('10').size, 101)
  t.notOk(
    [...reading.readableTypes('60')].some((key) => key.endsWith('|89601-9')),
    'nurses: no medical certificate',
  )
})

t.test('habilitation: a hole, an overlap or an unknown name stops the build', async (t) => {
  const types = terminology.documentTypes
  const [first, ...more] = readTable.cells
  if (!first) return t.fail('no cells')
  const build = (table: Partial<typeof readTable>) => () =>
    buildHabilitationMatrix({ ...readTable, ...table }, types)
  t.throws(build({ cells: more }), { message: /is missing/ })
  t.throws(build({ cells: [...readTable.cells, first] }), { message: /filled twice/ })
  t.throws(build({ cells: [{ ...first, source: 'hearsay' }, ...more] }), { message: /source hearsay/ })
  t.throws(build({ cells: [{ ...first, professions: ['0'] }, ...more] }), { message: /profession 0/ })
  t.throws(build({ cells: [{ ...first, types: ['0'] }, ...more] }), { message: /type 0/ })
  t.throws(build({ types: readTable.types.slice(1) }), { message: /must be a column or be excluded/ })
  t.throws(build({ excludedTypes: [] }), { message: /E1762 must be a column/ })
})

t.test('functional matrix: total, closed, and as the table of the rules', async (t) => {
  t.same(
    rightsTable.values.map(([value]) => value).sort(),
    [...grants].sort(),
    'the data and the code know the same grants',
  )
  let cells = 0
  for (const right of functionalRights) {
    t.ok(rights.describe(right)?.name)
    for (const actor of matrixActors) {
      for (const authentication of ['DIRECTE', 'INDIRECTE', 'INDIRECTE_RENFORCEE']) {
        for (const mode of ['normal', 'bris_de_glace', 'centre_15']) {
          if (rights.cell(right, actor, authentication, mode)?.source) cells++
        }
      }
    }
  }
  t.equal(cells, 18 * 12 * 9)

  // Row by row as the table reads: normal, centre_15, bris_de_glace for a PS that is no doctor; then CPE, structure, AIR.
  const rows: readonly (readonly [right: string, ...values: readonly string[]])[] = [
    ['F0', 'no', 'no', 'no', 'no', 'no', 'no'],
    ['F1', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes'],
    ['F2', 'yes', 'no', 'no', 'for-structure', 'no', 'yes'],
    ['F3', 'yes', 'yes', 'yes', 'own-structure', 'own-structure', 'yes'],
    ['F4', 'no', 'yes', 'no', 'no', 'no', 'no'],
    ['F5', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes'],
    ['F6', 'yes', 'no', 'no', 'no', 'no', 'yes'],
    ['F7', 'yes', 'yes', 'yes', 'imputed-to-structure', 'imputed-to-structure', 'no'],
    ['F8', 'yes', 'yes', 'yes', 'no', 'no', 'yes'],
    ['F9', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes'],
    ['F10', 'yes', 'yes', 'yes', 'no', 'no', 'yes'],
    ['F11', 'own', 'if-masked-allowed', 'if-masked-allowed', 'no', 'no', 'own'],
    ['F12', 'yes', 'yes', 'yes', 'no', 'no', 'yes'],
    ['F13', 'yes', 'no', 'no', 'no', 'no', 'yes'],
    ['F14', 'own', 'no', 'no', 'no', 'no', 'own'],
    ['F15', 'yes', 'no', 'no', 'no', 'no', 'yes'],
    ['F16', 'own', 'no', 'no', 'no', 'no', 'own'],
    ['F17', 'own', 'own', 'own', 'own-structure', 'own-structure', 'own'],
  ]
  for (const [right, ...values] of rows) {
    const ours = [
      rights.grant(right, 'PS_NON_MEDECIN', 'DIRECTE', 'normal'),
      rights.grant(right, 'PS_NON_MEDECIN', 'DIRECTE', 'centre_15'),
      rights.grant(right, 'PS_NON_MEDECIN', 'DIRECTE', 'bris_de_glace'),
      rights.grant(right, 'NON_PS', 'DIRECTE', 'normal'),
      rights.grant(right, 'STRUCTURE', 'INDIRECTE', 'normal'),
      rights.grant(right, 'PS_NON_MEDECIN', 'INDIRECTE_RENFORCEE', 'normal'),
    ]
    t.same(ours, values, right)
  }
  const cases: readonly (readonly [string, string, string, string, string])[] = [
    ['F0', 'ADMINISTRATION', 'INDIRECTE', 'normal', 'yes'],
    ['F4', 'STRUCTURE', 'INDIRECTE', 'centre_15', 'yes'],
    ['F3', 'STRUCTURE', 'INDIRECTE', 'centre_15', 'no'],
    ['F10', 'MEDECIN_DU_TRAVAIL', 'DIRECTE', 'normal', 'no'],
    ['F11', 'MEDECIN_TRAITANT', 'DIRECTE', 'normal', 'yes'],
    ['F1', 'MEDECIN_TRAITANT', 'DIRECTE', 'centre_15', 'no'],
    ['F16', 'MEDECIN', 'DIRECTE', 'bris_de_glace', 'all-but-patient-authored'],
    ['F16', 'MEDECIN_TRAITANT', 'INDIRECTE_RENFORCEE', 'normal', 'yes'],
    ['F17', 'MEDECIN_TRAITANT', 'DIRECTE', 'normal', 'own-or-patient-authored'],
    ['F1', 'STRUCTURE', 'INDIRECTE', 'bris_de_glace', 'no'],
    ['F8', 'NON_PS', 'INDIRECTE_RENFORCEE', 'normal', 'no'],
    ['F7', 'PATIENT', 'DIRECTE', 'normal', 'patient-types'],
    ['F7', 'AIDANT', 'DIRECTE', 'normal', 'no'],
    ['F7', 'ASSURANCE_MALADIE', 'INDIRECTE', 'normal', 'reimbursement-only'],
    ['F10', 'AUDITEUR', 'DIRECTE', 'normal', 'no'],
  ]
  for (const [right, actor, authentication, mode, value] of cases) {
    t.equal(
      rights.grant(right, actor, authentication, mode),
      value,
      `${right} ${actor} ${authentication} ${mode}`,
    )
  }
})

t.test('functional matrix: default deny, and no column missing or twice', async (t) => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      fc.string(),
      fc.string(),
      (...key) => rights.grant(...key) === 'no',
    ),
  )
  t.equal(rights.grant('F7', 'TOURIST', 'DIRECTE', 'normal'), 'no')
  const [first, ...more] = rightsTable.columns
  if (!first) return t.fail('no columns')
  const build = (columns: typeof rightsTable.columns) => () =>
    buildFunctionalMatrix({ ...rightsTable, columns })
  t.throws(build(more), { message: /is missing/ })
  t.throws(build([...rightsTable.columns, first]), { message: /stands twice/ })
  t.throws(build([...rightsTable.columns, { ...first, actors: ['TOURIST'] }]), {
    message: /unknown combination/,
  })
  t.throws(build([{ ...first, values: {} }, ...more]), { message: /has no value/ })
})

t.test('the table in force is the latest that has begun', async (t) => {
  const tables = [{ validFrom: '2023-10-26' }, { validFrom: '2026-12-01' }, { validFrom: '2022-01-01' }]
  t.equal(tableInForce(tables, '2026-11-30').validFrom, '2023-10-26')
  t.equal(tableInForce(tables, '2026-12-01').validFrom, '2026-12-01')
  t.throws(() => tableInForce(tables, '2021-12-31'))
})
