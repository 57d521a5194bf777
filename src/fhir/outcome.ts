/**
 * OperationOutcome: issues put into words.
 * @see https://hl7.org/fhir/R4/operationoutcome.html
 */
import { ERROR_SYSTEM, type Language, RULE_SYSTEM, wording } from './error-catalogue.ts'
import type { Issue } from './issue.ts'
import { withoutMatriculesInText } from './without-matricules.ts'
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
        // What a client took for the name of a parameter may be a matricule (I4).
        text: asXmlText(withoutMatriculesInText(wording(issue.error, language, issue.params))),
      },
      ...(issue.expression ? { expression: [asXmlText(issue.expression)] } : {}),
    })),
  })
}
