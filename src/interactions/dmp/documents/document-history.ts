/**
 * The versions of one document, newest first, page by page, of a deleted one too. Who sees it today sees all of them, and
 * nobody else any: masking hides the past.
 * @see https://hl7.org/fhir/R4/http.html#history; docs/policy.md V7, D3
 */
import { historyBundle } from '../../../fhir/bundle.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, parseResourceId } from '../../../fhir/id.ts'
import { holds } from '../../../policy/document-scope.ts'
import { readDocument } from '../../../storage/documents/read-document.ts'
import { readDocumentHistory } from '../../../storage/documents/read-document-history.ts'
import type { Answer } from '../../exchange.ts'
import { Pages } from '../../pages.ts'
import { type Pairs, queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permitOrOwn, unknown } from '../permit.ts'
import { readHistoryAsked } from './history-asked.ts'
import { historyEntry } from './history-entry.ts'

export async function documentHistory(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  pairs: Pairs,
): Promise<Answer> {
  const asked = readHistoryAsked(pairs)
  exchange.trace.asks('DocumentReference', queryOf(asked.understood))
  const at = parseResourceId(id)
  if (!at) throw unknown()
  const found = await readDocument(engine.db, at, askerOf(exchange))
  const { scope } = permitOrOwn(engine, exchange, found?.record, 'functional right')
  const document = found?.document
  if (!document || !holds(scope, document.facts)) throw unknown()
  if (document.facts.invisibleLegal) exchange.trace.isAboutSecret()
  const path = `DocumentReference/${formatResourceId(at)}`
  const pages = new Pages(engine, exchange, `${path}/_history`, queryOf(asked.understood), asked.cursor)
  const upTo = beforeOf(pages) ?? document.version
  const { versions, more } =
    asked.count === 0
      ? { versions: [], more: false }
      : await readDocumentHistory(engine.db, { at, upTo, ...asked.within, limit: asked.count })
  for (const { version } of versions) exchange.trace.concerns('DocumentReference', encodeUuid(at.id), version)
  const last = versions.at(-1)
  // Versions are counted from 1 without a gap; what is left of them by a time is not counted.
  const total = Object.keys(asked.within).length === 0 ? document.version : undefined
  return {
    status: 200,
    body: historyBundle(
      pages.links(more && last ? [last.version] : undefined),
      versions.map((version) => historyEntry(engine.base, path, version)),
      total,
    ),
  }
}

function beforeOf(pages: Pages): number | undefined {
  const position = pages.after()
  if (!position) return undefined
  const [version] = position
  if (typeof version !== 'number' || !Number.isSafeInteger(version))
    throw refusal('invalid', 'curseur-invalide')
  return version - 1
}
