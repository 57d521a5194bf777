/**
 * OperationOutcome: issues put into words.
 * @see https://hl7.org/fhir/R4/operationoutcome.html
 */
import { ERROR_SYSTEM, type Language, RULE_SYSTEM, wording } from './error-catalogue.ts'
import type { Issue } from './issue.ts'
import { asXmlText } from './xml-escape.ts'

export function operationOutcome(issues: readonly Issue[], language: Language): string {
  return JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: issues.map((issue) => ({
      severity: issue.severity,
      code: issue.type,
      details: {
        coding: [
          { system: ERROR_SYSTEM, code: issue.error },
          ...(issue.rule ? [{ system: RULE_SYSTEM, code: issue.rule }] : []),
        ],
        text: asXmlText(wording(issue.error, language, issue.params)),
      },
      ...(issue.expression ? { expression: [asXmlText(issue.expression)] } : {}),
    })),
  })
}
