/** What the answer says of labels: those that a document was not sent with, and those that were sent and not set. */
import type { VisibilityLabel } from '../../../dmp/documents/security-labels.ts'
import type { Issue } from '../../../fhir/issue.ts'
import type { Stored } from './submission.ts'
import type { AdmittedDocument } from './submitted-document.ts'

const expression = 'DocumentReference.securityLabel'

/** @param admitted undefined when nothing was sent of it */
export function labelIssues(
  { created, unset }: Pick<Stored, 'created' | 'unset'>,
  admitted: Pick<AdmittedDocument, 'imposed'> | undefined,
): Issue[] {
  return created ? (admitted?.imposed ?? []).map(imposedLabel) : unset.map(unsetLabel)
}

function imposedLabel(label: VisibilityLabel): Issue {
  const params = { label }
  return { severity: 'information', type: 'informational', error: 'etiquette-imposee', params, expression }
}

function unsetLabel(label: VisibilityLabel): Issue {
  const params = { label }
  return {
    severity: 'warning',
    type: 'business-rule',
    error: 'etiquette-non-posee',
    params,
    expression,
    rule: 'D1',
  }
}
