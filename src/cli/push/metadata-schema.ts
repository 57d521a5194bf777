/**
 * The form of what is said beside a file that says nothing of itself (letter.json beside letter.pdf), and for all files
 * of a folder (push.json). Closed: what is not known here is a mistake, not a remark.
 * @see docs/push.md "PDF and images"
 */
import { Ajv, type ErrorObject } from 'ajv'

export type Metadata = {
  readonly patient?: {
    readonly ins: string
    /** OID of the kind of matricule: 1.2.250.1.213.1.4.8 (NIR) unless said. */
    readonly oid?: string
    readonly family?: string
    readonly given?: string
    readonly firstGiven?: string
    readonly gender?: 'male' | 'female'
    readonly birthDate?: string
  }
  readonly identifier?: string
  readonly replaces?: string
  /** JDV_J66: a code, or `system|code`. */
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly date?: string
  readonly period?: { readonly start: string; readonly end?: string }
  readonly author?: Person
  readonly authenticator?: Person
  readonly custodian?: { readonly structure: string; readonly name?: string }
  readonly facility?: string
  readonly setting?: string
  readonly activity?: string
  readonly language?: string
  readonly labels?: readonly ('MASQUE_PS' | 'INVISIBLE_PATIENT' | 'INVISIBLE_REPRESENTANTS_LEGAUX')[]
}

export type Person = {
  readonly ps: string
  readonly structure?: string
  readonly structureName?: string
  /** TRE_A02, as `G15_10/SM26`. */
  readonly speciality?: string
}

const text = { type: 'string', minLength: 1, maxLength: 1_000 } as const
const code = { type: 'string', pattern: '^\\S{1,200}$' } as const
const urn = {
  type: 'string',
  pattern: '^urn:(?:oid:[0-2](?:\\.\\d+)+(?:\\^\\S+)?|uuid:[0-9a-f-]{36})$',
} as const
const time = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\d(?:T\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d))?$',
} as const
const closed = (
  properties: object,
  required: readonly string[] = [],
  dependencies: Readonly<Record<string, readonly string[]>> = {},
): object => ({ type: 'object', properties, required, dependencies, additionalProperties: false })
const person = closed({ ps: code, structure: code, structureName: text, speciality: code }, ['ps'])

const schema = closed({
  patient: closed(
    {
      ins: { type: 'string', pattern: '^[0-9AB]{15}$' },
      oid: { type: 'string', pattern: '^1\\.2\\.250\\.1\\.213\\.1\\.4\\.(?:8|9|10|11)$' },
      family: text,
      given: text,
      firstGiven: text,
      gender: { enum: ['male', 'female'] },
      birthDate: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d$' },
    },
    ['ins'],
    // FR Core: an official name has both.
    { family: ['firstGiven'], given: ['family'], firstGiven: ['family'] },
  ),
  identifier: urn,
  replaces: urn,
  type: code,
  title: text,
  description: text,
  date: time,
  period: closed({ start: time, end: time }, ['start']),
  author: person,
  authenticator: person,
  custodian: closed({ structure: code, name: text }, ['structure']),
  facility: code,
  setting: code,
  activity: code,
  language: { type: 'string', pattern: '^[a-z]{2}(?:-[A-Z]{2})?$' },
  labels: {
    type: 'array',
    uniqueItems: true,
    items: { enum: ['MASQUE_PS', 'INVISIBLE_PATIENT', 'INVISIBLE_REPRESENTANTS_LEGAUX'] },
  },
})

const isMetadata = new Ajv({ allErrors: true, strict: true }).compile<Metadata>(schema)

export function checkMetadata(
  value: unknown,
): { readonly metadata: Metadata } | { readonly faults: readonly string[] } {
  return isMetadata(value) ? { metadata: value } : { faults: (isMetadata.errors ?? []).map(faultOf) }
}

/** The place and what is asked for there, never what was written. */
function faultOf({ instancePath, keyword, params, message }: ErrorObject): string {
  const at = instancePath === '' ? 'the object' : instancePath.slice(1).replaceAll('/', '.')
  if (keyword === 'additionalProperties')
    return `${at}: an element that is not known (docs/push.md lists them)`
  if (keyword === 'enum') return `${at}: one of ${JSON.stringify(Reflect.get(params, 'allowedValues'))}`
  return `${at}: ${message ?? keyword}`
}
