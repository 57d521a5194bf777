/**
 * docs/errors.md says what the catalogue, its facts and the code say. UPDATE_GOLDEN=1 writes it anew (decision 0007). That
 * the statuses told are those that are answered, every conformance test sees (support/openapi/told-answers.ts).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { errorFacts, type Facts } from '../scripts/errors/error-facts.ts'
import { errorsDocument } from '../scripts/errors/errors-document.ts'
import { packageRoot } from '../src/asset-path.ts'
import { errorCatalogue } from '../src/fhir/error-catalogue.ts'
import { errorCategories } from '../src/fhir/fhir-error.ts'
import { ruleIds } from '../src/policy/rule-ids.ts'

const path = join(packageRoot(), 'docs', 'errors.md')
const facts = Object.entries<Facts>(errorFacts)

t.test('docs/errors.md is what the catalogue says', async (t) => {
  if (process.env.UPDATE_GOLDEN) writeFileSync(path, errorsDocument())
  t.ok(readFileSync(path, 'utf8') === errorsDocument(), 'UPDATE_GOLDEN=1 npm test -- errors-document')
})

t.test('every code has its facts, and only codes have', async (t) => {
  t.same(facts.map(([code]) => code).sort(), Object.keys(errorCatalogue).sort())
  const statuses = new Set(Object.values(errorCategories).map(({ status }) => String(status)))
  const rules = new Set<string>(ruleIds)
  for (const [code, { answers, todo, rules: named = [] }] of facts) {
    t.ok(answers.length > 0 && todo.endsWith('.'), code)
    for (const answer of answers) {
      const [status = ''] = answer.split(' ')
      t.ok(
        statuses.has(status) || status === '200' || status === '201' || status === '$verify',
        `${code}: ${answer}`,
      )
    }
    t.same(
      named.filter((rule) => !rules.has(rule)),
      [],
      code,
    )
  }
})

t.test('both languages name the same parameters', async (t) => {
  const named = (text: string): string[] =>
    [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).sort()
  for (const [code, { fr, en }] of Object.entries(errorCatalogue)) t.same(named(fr), named(en), code)
})
