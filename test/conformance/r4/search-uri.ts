/** @see https://hl7.org/fhir/R4/search.html#uri */
import type { ValueSet } from '@medplum/fhirtypes'
import { clause, shared } from '../../support/conformance/clause.ts'
import { eachRow, populate } from '../../support/conformance/population.ts'

const sets = shared((context) =>
  populate(context, () =>
    Object.fromEntries(
      Object.entries({
        root: 'http://acme.example/fhir',
        set: 'http://acme.example/fhir/ValueSet/123',
        deep: 'http://acme.example/fhir/ValueSet/123/history',
        sibling: 'http://acme.example/fhirs',
        upper: 'http://ACME.example/fhir',
        slash: 'http://acme.example/fhir/',
        oid: 'urn:oid:1.2.3',
        signs: 'http://acme.example/a%20b?x=1,2',
        like: 'http://acme.example/_%25',
      }).map(([label, url]): [string, ValueSet] => [
        label,
        { resourceType: 'ValueSet', status: 'draft', url },
      ]),
    ),
  ),
)

export const searchUri = clause('search-uri', 'search.html#uri', ({ must, should }) => {
  eachRow(must, sets, 'ValueSet', [
    ['url=http://acme.example/fhir', ['root'], 'exactly, with case and slash'],
    ['url=http://acme.example/fhir/', ['slash']],
    ['url=http://ACME.example/fhir', ['upper']],
    ['url=http://acme.example', [], 'no beginning'],
    ['url=urn:oid:1.2.3', ['oid']],
    ['url=urn:oid:1.2', []],
    ['url=http://acme.example/a%20b?x=1\\,2', ['signs'], 'an escaped comma'],
    ['url=urn:oid:1.2.3,http://acme.example/fhirs', ['oid', 'sibling'], 'OR'],
    ['url=http://acme.example/%', []],
    ['url:missing=true', []],
  ])
  eachRow(should, sets, 'ValueSet', [
    ['url:below=http://acme.example/fhir/ValueSet', ['set', 'deep']],
    ['url:below=http://acme.example/fhir/', ['set', 'deep', 'slash']],
    [
      'url:above=http://acme.example/fhir/ValueSet/123/history/5',
      ['root', 'set', 'deep', 'slash'],
      'whatever leads there',
    ],
    ['url:above=http://acme.example/fhir/ValueSet/123', ['root', 'set', 'slash']],
  ])
})
