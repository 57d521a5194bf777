/** What a change of a document comes to (V1, V2, D3, D4): whatever a patch left, N stays and nothing else has changed. */
import type { CodeableConcept } from '@medplum/fhirtypes'
import t from 'tap'
import {
  archivedUrl,
  forbiddenElement,
  isArchived,
  settleDocumentChange,
  shownToPatient,
  withArchived,
} from '../../../src/dmp/documents/document-change.ts'
import {
  type VisibilityLabel,
  visibilityLabels,
  withoutVisibilityLabel,
} from '../../../src/dmp/documents/security-labels.ts'
import type { JsonObject } from '../../../src/fhir/json.ts'
import { label } from '../../support/builders.ts'
import fc from '../../support/draws.ts'

type Codes = readonly string[]

const codesOf = ({ securityLabel }: JsonObject): string[] => {
  const labels = (securityLabel ?? []) as unknown as CodeableConcept[]
  return labels.flatMap(({ coding = [] }) => coding.map(({ code = '' }) => code))
}

function document(labels: Codes, archived?: boolean): JsonObject {
  const plain: JsonObject = {
    resourceType: 'DocumentReference',
    id: 'x',
    meta: { versionId: '3', lastUpdated: '2026-01-01T00:00:00Z', profile: ['https://example.org/p'] },
    status: 'current',
    description: 'kept',
    securityLabel: labels.map((code) => label(code as VisibilityLabel)) as unknown as JsonObject[],
  }
  return archived === undefined ? plain : withArchived(plain, archived)
}

const allowed = fc
  .subarray([...visibilityLabels])
  .filter((labels) => !(labels.includes('MASQUE_PS') && labels.includes('INVISIBLE_PATIENT')))
const stored = allowed.chain((labels) =>
  fc.shuffledSubarray(['N', ...labels], { minLength: 1 + labels.length }),
)
const asked = fc
  .tuple(allowed, fc.boolean())
  .chain(([labels, withN]) =>
    fc.shuffledSubarray(withN ? ['N', ...labels] : labels, { minLength: labels.length }),
  )

t.test('N-is-never-lost, and the labels are those asked for', (t) => {
  const met = new Set<string>()
  fc.assert(
    fc.property(stored, asked, fc.option(fc.boolean()), fc.boolean(), (was, wanted, archived, archive) => {
      const before = document(was, archived ?? undefined)
      const after = withArchived(document(wanted, archived ?? undefined), archive)
      const settled = settleDocumentChange(before, after)
      if ('issues' in settled) return false
      const visible = (codes: Codes): string[] => codes.filter((code) => code !== 'N').sort()
      for (const change of settled.changes) met.add(change)
      if (settled.changes.length === 0) met.add('nothing')
      const left = codesOf(settled.document)
      const { securityLabel: _, extension: __, ...rest } = settled.document
      const { securityLabel: ___, extension: ____, ...same } = before
      t.same(rest, same)
      return (
        left.filter((code) => code === 'N').length === 1 &&
        JSON.stringify(visible(left)) === JSON.stringify(visible(wanted)) &&
        isArchived(settled.document) === archive &&
        settled.changes.length > 0 !== (settled.document === before)
      )
    }),
    { numRuns: 500 },
  )
  t.same(
    [...met].sort(),
    [
      'archive',
      'hide-from-patient',
      'hide-from-representatives',
      'mask',
      'nothing',
      'show-to-patient',
      'show-to-representatives',
      'unarchive',
      'unmask',
    ],
    'not vacuous: every change was met',
  )
  t.end()
})

t.test('whatever else differs is named', (t) => {
  const before = document(['N'], true)
  const cases: readonly (readonly [JsonObject, string | undefined])[] = [
    [before, undefined],
    [{ ...before, status: 'entered-in-error' }, undefined],
    [{ ...before, meta: { versionId: '9', profile: ['https://example.org/p'] } }, undefined],
    [withArchived(before, false), undefined],
    [{ ...before, status: 'superseded' }, 'status'],
    [{ ...before, description: 'other' }, 'description'],
    [{ ...before, id: 'y' }, 'id'],
    [{ ...before, resourceType: 'Patient' }, 'resourceType'],
    [{ ...before, added: true }, 'added'],
    [{ ...before, meta: {} }, 'meta'],
    [{ ...before, extension: [{ url: archivedUrl, valueBoolean: true, id: 'a' }] }, 'extension'],
    [{ ...before, extension: [{ url: archivedUrl, valueString: 'true' }] }, 'extension'],
    [{ ...before, extension: 'none' }, 'extension'],
  ]
  for (const [after, expected] of cases) t.equal(forbiddenElement(before, after), expected, String(expected))
  const { description: _, ...without } = before
  t.equal(forbiddenElement(before, without), 'description')
  t.end()
})

t.test('labels that share a concept are taken out one by one', (t) => {
  const both: CodeableConcept = {
    text: 'both',
    coding: [
      ...(label('INVISIBLE_PATIENT').coding ?? []),
      ...(label('INVISIBLE_REPRESENTANTS_LEGAUX').coding ?? []),
    ],
  }
  const left = withoutVisibilityLabel([label('N'), both], 'INVISIBLE_PATIENT')
  t.same(codesOf({ securityLabel: left as unknown as JsonObject[] }), ['N', 'INVISIBLE_REPRESENTANTS_LEGAUX'])
  t.same(codesOf(shownToPatient(document(['N', 'INVISIBLE_PATIENT']), false)), ['N'])
  t.same(codesOf(shownToPatient(document(['N', 'INVISIBLE_PATIENT']), true)), ['N', 'MASQUE_PS'])
  t.same(codesOf(shownToPatient(document(['N', 'INVISIBLE_PATIENT', 'MASQUE_PS']), true)), ['N', 'MASQUE_PS'])
  const settled = settleDocumentChange(document(['N']), document(['N', 'MASQUE_PS', 'INVISIBLE_PATIENT']))
  t.ok('issues' in settled && settled.issues[0]?.error === 'etiquettes-incompatibles', 'V2')
  t.end()
})
