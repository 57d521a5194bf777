/** A DocumentReference as a line of the list tells it. */
import type { Language } from '../../words.ts'
import { type Fields, listAt, textAt, valueAt } from '../sandbox/read-json.ts'

export type DocumentSummary = {
  readonly id: string
  readonly title: string
  readonly type: string
  readonly class: string
  readonly date: string
  readonly author: string
  readonly status: string
  readonly labels: ReadonlySet<string>
  readonly archived: boolean
  readonly contentType: string
  /** `Binary/[id]` or `Bundle/[id]`, empty for what has no such address. */
  readonly contentPath: string
}

/** `code` → French name, as the lists of the page have them. */
export type CodeNames = (code: string) => string | undefined

const ARCHIVED = 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived'
const MAX_TEXT = 200

export function documentSummary(
  document: Fields,
  typeName: CodeNames,
  className: CodeNames,
): DocumentSummary {
  const attachment = valueAt(document, 'content', 0, 'attachment')
  const url = textAt(attachment, 'url')
  const [path = ''] = /(?:Binary|Bundle)\/[A-Za-z0-9.-]{1,64}$/.exec(url) ?? []
  const archived = listAt(document, 'extension').find((extension) => extension.url === ARCHIVED)
  return {
    id: textAt(document, 'id'),
    title:
      textAt(attachment, 'title').slice(0, MAX_TEXT) || textAt(document, 'description').slice(0, MAX_TEXT),
    type: named(valueAt(document, 'type'), typeName),
    class: named(valueAt(document, 'category', 0), className),
    date: textAt(document, 'date'),
    author: authorsOf(document).slice(0, MAX_TEXT),
    status: textAt(document, 'status'),
    labels: new Set(listAt(document, 'securityLabel').map((label) => textAt(label, 'coding', 0, 'code'))),
    archived: archived?.valueBoolean === true,
    contentType: textAt(attachment, 'contentType').split(';')[0]?.trim().toLowerCase() ?? '',
    contentPath: path,
  }
}

/** `22 nov. 2026, 18:05` in the zone of the browser. */
export function shortTime(instant: string, language: Language): string {
  const time = new Date(instant)
  if (Number.isNaN(time.getTime())) return instant
  const locale = language === 'fr' ? 'fr-FR' : 'en-GB'
  return time.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' })
}

function named(concept: unknown, name: CodeNames): string {
  const coding = valueAt(concept, 'coding', 0)
  const code = textAt(coding, 'code')
  return name(code) ?? (textAt(coding, 'display').slice(0, MAX_TEXT) || code)
}

/** Names as the document has them, else national identifiers. */
function authorsOf(document: Fields): string {
  const contained = new Map(listAt(document, 'contained').map((each) => [`#${textAt(each, 'id')}`, each]))
  const names = listAt(document, 'author').map((author) => actorName(author, contained, 0))
  return [...new Set(names)].filter((name) => name !== '').join(', ')
}

function actorName(reference: unknown, contained: ReadonlyMap<string, Fields>, depth: number): string {
  const said = textAt(reference, 'display')
  if (said !== '' || depth > 3) return said
  const resource = contained.get(textAt(reference, 'reference'))
  const person = humanName(resource)
  if (person !== '') return person
  const next = ['practitioner', 'organization'].flatMap((part) => {
    const found = valueAt(resource, part)
    return found === undefined ? [] : [actorName(found, contained, depth + 1)]
  })
  return next.find((name) => name !== '') ?? textAt(reference, 'identifier', 'value') ?? ''
}

function humanName(resource: Fields | undefined): string {
  const name = valueAt(resource, 'name')
  if (typeof name === 'string') return name
  const [given, family] = [textAt(name, 0, 'given', 0), textAt(name, 0, 'family')]
  if (given !== '' || family !== '') return `${given} ${family}`.trim()
  return textAt(resource, 'identifier', 0, 'value')
}
