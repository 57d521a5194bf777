/** Parameters of the fhir profile: those that every search shares come from the capability over all types. */
import type { SearchCapability } from '../../src/search/search-capability.ts'
import type { Node } from './openapi-document.ts'
import { header, query, searchParameter } from './parameters.ts'

const common: Readonly<Record<string, string>> = {
  _id: 'Logical id',
  _lastUpdated: 'When this version was made',
  _profile: 'Profile that the resource claims',
  _security: 'Security label',
  _source: 'Where the resource comes from',
  _tag: 'Tag',
}

/** What may be asked of any type, and in which form the answer is wanted. */
export function searchParameters(capability: SearchCapability): Readonly<Record<string, Node>> {
  const { limits, totals } = capability
  const shared = [...capability.parameters.values()].map((parameter) => {
    const text = common[parameter.code]
    if (text === undefined) throw new Error(`${parameter.code} has no words in scripts/openapi`)
    return [parameter.code, searchParameter(parameter, text)] as const
  })
  return {
    ...Object.fromEntries(shared),
    ...forms,
    _count: query('_count', 'Entries of a page; more are answered as the largest', {
      type: 'integer',
      minimum: 0,
      maximum: limits.maxCount,
      default: limits.defaultCount,
    }),
    _sort: query('_sort', `Up to ${limits.maxSortKeys} parameters by comma, \`-\` for descending`),
    _total: query('_total', 'Whether to count all; `estimate` is counted exactly', {
      type: 'string',
      enum: [...totals],
      default: 'none',
    }),
    _include: query(
      '_include',
      `\`Type:parameter\` or \`Type:parameter:Target\`, up to ${limits.maxIncludes}`,
      {
        type: 'array',
        items: { type: 'string' },
      },
    ),
    _revinclude: query('_revinclude', 'As `_include`, from the resources that refer to those found', {
      type: 'array',
      items: { type: 'string' },
    }),
    criteria: {
      name: 'criteria',
      in: 'query',
      description:
        'Any search parameter of the type, as `GET /metadata` lists them, with modifiers, chains ' +
        '(`subject:Patient.name`) and `_has`. An unknown one is refused, unless `Prefer: handling=lenient`.',
      style: 'form',
      explode: true,
      schema: { type: 'object', additionalProperties: { type: 'string' } },
    },
    _type: query('_type', 'Resource types by comma'),
    _since: query('_since', 'Only what was changed at or after this instant'),
    _at: query('_at', 'Only versions that were current at some time in this period'),
  }
}

const forms: Readonly<Record<string, Node>> = {
  _summary: query('_summary', 'A part of each resource, or the count alone', {
    type: 'string',
    enum: ['true', 'text', 'data', 'count', 'false'],
    default: 'false',
  }),
  _elements: query('_elements', 'Elements of the resource by comma'),
}

export const fhirHeaders: Readonly<Record<string, Node>> = {
  'If-Match': header('If-Match', 'Version that must be the current one, as `W/"1"`; 412 when it is not'),
  'If-None-Exist': header(
    'If-None-Exist',
    'Search criteria: 200 and no new resource when one meets them, 412 when several do',
  ),
  Prefer: header('Prefer', 'What comes back of a write, and what becomes of unknown search parameters', {
    type: 'string',
    enum: [
      'return=minimal',
      'return=representation',
      'return=OperationOutcome',
      'handling=strict',
      'handling=lenient',
    ],
  }),
}

export function pathParameters(types: readonly string[]): Readonly<Record<string, Node>> {
  return {
    'path.type': {
      name: 'type',
      in: 'path',
      required: true,
      description: 'Resource type',
      schema: { type: 'string', enum: types },
    },
    'path.member': {
      name: 'member',
      in: 'path',
      required: true,
      description: 'Resource type of the compartment, or `*` for all of them',
      schema: { type: 'string' },
    },
  }
}
