/** Who came, and what was done, in words. */

import { otherSentence, type Sentence, sentences } from '../../traces/sentence-words.ts'
import type { tracesWords } from '../../traces/traces-words.ts'
import { filled, type Language } from '../../words.ts'
import { nameOfIdentifier } from '../sandbox/cast.ts'
import type { TraceView, Who } from './trace-view.ts'

export type TraceTexts = { readonly [K in keyof typeof tracesWords]: string }

export type Telling = {
  readonly language: Language
  readonly words: TraceTexts
  /** Whether the reader is the holder. */
  readonly isHolder: boolean
  /** Title of a document that the reader sees. */
  readonly title: (id: string) => string | undefined
}

/** The same for the same person: what they are filtered by. */
export function personKey({ actor, professional, structure }: Who): string {
  return professional || `${actor} ${actor === 'PATIENT' ? '' : structure}`.trim()
}

export function personWords(who: Who, { language, words, isHolder }: Telling): string {
  const { actor, professional, structure } = who
  if (professional !== '')
    return (
      nameOfIdentifier(professional)?.[language] ?? filled(words.professionalNumber, { id: professional })
    )
  switch (actor) {
    case 'PATIENT':
      return isHolder ? words.you : words.holder
    case 'REPRESENTANT_LEGAL':
      return words.theRepresentative
    case 'AIDANT':
      return words.theAidant
    case 'ADMINISTRATION':
      return words.administration
    case 'AUDITEUR':
      return words.auditor
    case 'ASSURANCE_MALADIE':
      return words.insurance
    case '':
      return words.server
    default:
      if (structure === '') return words.somebody
      return nameOfIdentifier(structure)?.[language] ?? filled(words.structureNumber, { id: structure })
  }
}

export function sentenceOf({ interaction }: TraceView): Sentence {
  return (Object.hasOwn(sentences, interaction) ? sentences[interaction] : undefined) ?? otherSentence
}

export function traceWords(trace: TraceView, telling: Telling): string {
  const { language, isHolder } = telling
  const sentence = sentenceOf(trace)
  // `Dr Rouault, general practitioner` is Dr Rouault in a sentence.
  const [who = ''] = personWords(trace.who, telling).split(', ')
  const said = filled((trace.refused ? sentence.tried : sentence.done)[language], {
    who,
    a: trace.who.actor === 'PATIENT' && isHolder ? 'avez' : 'a',
    what: whatWords(trace.documents, telling),
    display: trace.display,
  })
  return `${said}.`
}

function whatWords(documents: readonly string[], { language, title }: Telling): string {
  const [first] = documents
  const named = first === undefined || documents.length > 1 ? undefined : title(first)
  if (language === 'fr') {
    if (named !== undefined) return `« ${named} »`
    return documents.length > 1 ? `${documents.length} documents` : 'un document'
  }
  if (named !== undefined) return `“${named}”`
  return documents.length > 1 ? `${documents.length} documents` : 'a document'
}
