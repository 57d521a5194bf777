/** docs/errors.md, made from the catalogue: every error that the server answers, in both languages, and what to do about it. */
import { callerErrors } from '../../src/fhir/errors/caller-errors.ts'
import { contentErrors } from '../../src/fhir/errors/content-errors.ts'
import { documentsErrors } from '../../src/fhir/errors/documents-errors.ts'
import { identityErrors } from '../../src/fhir/errors/identity-errors.ts'
import { neighbourErrors } from '../../src/fhir/errors/neighbour-errors.ts'
import { operationErrors } from '../../src/fhir/errors/operation-errors.ts'
import { patchesErrors } from '../../src/fhir/errors/patches-errors.ts'
import { policyErrors } from '../../src/fhir/errors/policy-errors.ts'
import { profilesErrors } from '../../src/fhir/errors/profiles-errors.ts'
import { requestErrors } from '../../src/fhir/errors/request-errors.ts'
import { sealErrors } from '../../src/fhir/errors/seal-errors.ts'
import { subscriptionErrors } from '../../src/fhir/errors/subscription-errors.ts'
import { terminologyErrors } from '../../src/fhir/errors/terminology-errors.ts'
import type { Wording } from '../../src/fhir/errors/wording.ts'
import { writesErrors } from '../../src/fhir/errors/writes-errors.ts'
import { errorFacts, type Facts } from './error-facts.ts'
import { formerCodes } from './former-codes.ts'

/** In the order in which a developer meets them. */
const groups: readonly (readonly [title: string, errors: Readonly<Record<string, Wording>>])[] = [
  ['Who asks', callerErrors],
  ['What the rules refuse', policyErrors],
  ['The request', requestErrors],
  ['Identity of the patient', identityErrors],
  ['Documents', documentsErrors],
  ['Profiles and codes', profilesErrors],
  ['Content of resources', contentErrors],
  ['Patches', patchesErrors],
  ['Subscriptions', subscriptionErrors],
  ['Messages, appointments, third-party services', neighbourErrors],
  ['Writes', writesErrors],
  ['Operation of the server', operationErrors],
  ['Seals', sealErrors],
  ['Terminology', terminologyErrors],
]

const head = `# Errors

Made from \`src/fhir/errors/\` and \`scripts/errors/\` by \`UPDATE_GOLDEN=1 npm test -- errors-document\`; a test compares it with
them, and every refusal that the conformance tests meet with it.

A refusal is an OperationOutcome: one issue for each fault, \`expression\` at the element, and in \`details\`

| | |
|---|---|
| \`coding\` of \`https://dmp-fhir.example/CodeSystem/erreur\` | the code below: stable, for software |
| \`coding\` of \`https://dmp-fhir.example/CodeSystem/regle\` | where a rule decided, its id: [policy.md](policy.md) |
| \`text\` | the words below, their braces filled in: French, or English for \`Accept-Language: en\` |

Beside each code stand the status, and the code of the issue (\`issue.code\`). The same code may come with several: the place
decides. An error that is not of your making has \`X-Request-Id\` in its answer: the operator finds it by that.
`

/** @throws when a code is in no group */
export function errorsDocument(): string {
  const told = new Set(groups.flatMap(([, errors]) => Object.keys(errors)))
  const untold = Object.keys(errorFacts).filter((code) => !told.has(code))
  if (untold.length > 0) throw new Error(`In no group of scripts/errors: ${untold.join(', ')}`)
  return [head, byStatus(), ...groups.map(([title, errors]) => group(title, errors)), former()].join('\n')
}

function byStatus(): string {
  const codes = new Map<string, Set<string>>()
  for (const [code, { answers }] of Object.entries<Facts>(errorFacts))
    for (const answer of answers) {
      const [status = ''] = answer.split(' ')
      if (/^\d{3}$/.test(status)) codes.set(status, (codes.get(status) ?? new Set()).add(code))
    }
  const rows = [...codes].sort().map(([status, all]) => {
    const links = [...all].sort().map((code) => `[${code}](#${code})`)
    return `| ${status} | ${links.join(', ')} |`
  })
  return `## By status\n\n| status | codes |\n|---|---|\n${rows.join('\n')}\n`
}

function group(title: string, errors: Readonly<Record<string, Wording>>): string {
  return `## ${title}\n\n${Object.entries(errors)
    .map(([code, wording]) => section(code, wording))
    .join('\n')}`
}

function section(code: string, { fr, en }: Wording): string {
  const facts = Object.entries<Facts>(errorFacts).find(([name]) => name === code)?.[1]
  if (!facts) throw new Error(`${code} has no line in scripts/errors/error-facts.ts`)
  const { answers, todo, rules = [] } = facts
  const links = rules.map((rule) => `[${rule}](policy.md#${rule.toLowerCase()})`)
  return `### ${code}

${answers.map((answer) => `\`${answer}\``).join(', ')}${links.length > 0 ? ` · rule ${links.join(', ')}` : ''}

> ${fr}
>
> *${en}*

${todo}
`
}

function former(): string {
  const rows = formerCodes.map(
    ({ code, meant, now }) =>
      `| ${code} | ${meant} | ${now.map((each) => `[${each}](#${each})`).join(', ') || '–'} |`,
  )
  return `## From the DMP of before

Codes and texts that software of the national DMP (TD, SOAP) has met, and what stands in their place. Seen in test material and
in the sources of others, not in an official list: there may be more.

| met as | meaning | here |
|---|---|---|
${rows.join('\n')}
`
}
