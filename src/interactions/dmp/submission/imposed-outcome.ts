/** What the answer to an entry says of labels that the document was not sent with. */
import { operationOutcome } from '../../../fhir/outcome.ts'
import type { Exchange } from '../../exchange.ts'
import type { AdmittedDocument } from './submitted-document.ts'

export function imposedOutcome(
  { language }: Pick<Exchange, 'language'>,
  document: Pick<AdmittedDocument, 'imposed'> | undefined,
): { readonly outcome?: string } {
  const [first, ...rest] = (document?.imposed ?? []).map(
    (label) =>
      ({
        severity: 'information',
        type: 'informational',
        error: 'etiquette-imposee',
        params: { label },
        expression: 'DocumentReference.securityLabel',
      }) as const,
  )
  return first ? { outcome: operationOutcome([first, ...rest], language) } : {}
}
