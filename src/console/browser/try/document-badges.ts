/** The marks of a document: in words, not by colour alone. */
import { element } from '../frame/element.ts'
import type { TryTexts } from './desk.ts'
import type { DocumentSummary } from './document-summary.ts'

export function badges(
  { status, labels, archived }: DocumentSummary,
  words: TryTexts,
): readonly HTMLElement[] {
  const marks: (readonly [text: string, kind: string])[] = [
    ...(status === 'superseded' ? [[words.superseded, ''] as const] : []),
    ...(status === 'entered-in-error' ? [[words.deleted, 'bad'] as const] : []),
    ...(labels.has('MASQUE_PS') ? [[words.masked, 'warn'] as const] : []),
    ...(labels.has('INVISIBLE_PATIENT') ? [[words.hiddenFromPatient, 'warn'] as const] : []),
    ...(labels.has('INVISIBLE_REPRESENTANTS_LEGAUX')
      ? [[words.hiddenFromRepresentatives, 'warn'] as const]
      : []),
    ...(archived ? [[words.archived, ''] as const] : []),
  ]
  if (marks.length === 0) return [element('span', { class: 'quiet' }, words.current)]
  return marks.map(([text, kind]) => element('span', { class: `badge ${kind}`.trim() }, text))
}
