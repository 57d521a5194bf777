/**
 * The options of `dmp token` → a persona: who may be played in the sandbox, and what is filled in when little is said.
 * Each kind of caller takes some options; one that does not fit is a fault, never ignored.
 * @see README.md "Commands"
 */
import type { InsIdentifier } from '../policy/caller.ts'
import type { Persona } from './persona.ts'

/** For `parseArgs` of node:util. */
export const personaOptions = {
  ps: { type: 'string' },
  profession: { type: 'string' },
  specialite: { type: 'string' },
  structure: { type: 'string' },
  air: { type: 'boolean' },
  secretariat: { type: 'boolean' },
  patient: { type: 'string' },
  representant: { type: 'string' },
  aidant: { type: 'string' },
  pour: { type: 'string' },
  'assurance-maladie': { type: 'boolean' },
  auditeur: { type: 'boolean' },
  administration: { type: 'boolean' },
  regulation: { type: 'boolean' },
  'connexion-secrete': { type: 'boolean' },
  motif: { type: 'string' },
  service: { type: 'string' },
  finalite: { type: 'string' },
} as const

type OptionName = keyof typeof personaOptions
export type PersonaOptions = {
  readonly [K in OptionName]?:
    | ((typeof personaOptions)[K]['type'] extends 'string' ? string : boolean)
    | undefined
}

/** Fictitious: an RPPS of the range kept for tests, a FINESS nobody has. */
const anyone = { ps: '899700000005', profession: '10', structure: '1750000001' } as const

type Kind = {
  readonly takes: readonly OptionName[]
  readonly needs: readonly OptionName[]
  readonly build: (options: PersonaOptions) => Persona
}

const kinds = {
  professional: {
    takes: ['ps', 'profession', 'specialite', 'structure', 'air', 'regulation', 'connexion-secrete', 'motif'],
    needs: [],
    build: (o) => ({
      actor: 'PS',
      authentication: o.air ? 'INDIRECTE_RENFORCEE' : 'DIRECTE',
      nationalId: o.ps ?? anyone.ps,
      profession: o.profession ?? anyone.profession,
      ...(o.specialite === undefined ? {} : { speciality: o.specialite }),
      ...structureOf(o, o.air || o.ps === undefined),
      regulation: o.regulation ?? false,
      ...(o['connexion-secrete'] ? { secretConnection: true } : {}),
    }),
  },
  secretariat: {
    takes: ['secretariat', 'structure', 'air', 'motif'],
    needs: [],
    build: (o) => ({
      actor: 'NON_PS',
      authentication: o.air ? 'INDIRECTE_RENFORCEE' : 'DIRECTE',
      ...structureOf(o, true),
    }),
  },
  structure: {
    takes: ['structure', 'motif'],
    needs: ['structure'],
    build: (o) => ({ actor: 'STRUCTURE', authentication: 'INDIRECTE', ...structureOf(o, true) }),
  },
  patient: {
    takes: ['patient', 'service', 'finalite'],
    needs: [],
    build: (o) => ({ actor: 'PATIENT', authentication: 'DIRECTE', ins: insOf(o.patient) }),
  },
  representant: {
    takes: ['representant', 'pour', 'service', 'finalite'],
    needs: ['pour'],
    build: (o) => ({ ...actingFor(o), actor: 'REPRESENTANT_LEGAL', ins: insOf(o.representant) }),
  },
  aidant: {
    takes: ['aidant', 'pour', 'service', 'finalite'],
    needs: ['pour'],
    build: (o) => ({ ...actingFor(o), actor: 'AIDANT', ins: insOf(o.aidant) }),
  },
  'assurance-maladie': {
    takes: ['assurance-maladie'],
    needs: [],
    build: () => ({ actor: 'ASSURANCE_MALADIE', authentication: 'INDIRECTE' }),
  },
  auditeur: {
    takes: ['auditeur'],
    needs: [],
    build: () => ({ actor: 'AUDITEUR', authentication: 'DIRECTE' }),
  },
  administration: {
    takes: ['administration'],
    needs: [],
    build: () => ({ actor: 'ADMINISTRATION', authentication: 'INDIRECTE' }),
  },
} as const satisfies Record<string, Kind>

const named = [
  'secretariat',
  'patient',
  'representant',
  'aidant',
  'assurance-maladie',
  'auditeur',
  'administration',
] as const satisfies readonly (OptionName & keyof typeof kinds)[]

export function personaFromOptions(options: PersonaOptions): { persona: Persona } | { fault: string } {
  const chosen = named.filter((name) => given(options, name))
  if (chosen.length > 1) return { fault: `--${chosen.join(' and --')} are different callers: choose one` }
  const name = chosen[0] ?? unnamedKind(options)
  if (name === undefined)
    return { fault: 'say who calls, for instance --ps 899700000005 or --patient <matricule>' }
  const kind: Kind = kinds[name]
  const stray = optionNames.find((option) => given(options, option) && !kind.takes.includes(option))
  if (stray !== undefined) return { fault: `--${stray} does not go with a caller of kind ${name}` }
  const missing = kind.needs.find((option) => !given(options, option))
  if (missing !== undefined) return { fault: `a caller of kind ${name} needs --${missing}` }
  const motive = options.motif === undefined ? {} : { motive: options.motif }
  const service = options.service === undefined ? {} : { client: options.service }
  const purpose = options.finalite === undefined ? {} : { purpose: options.finalite }
  return { persona: { ...kind.build(options), ...motive, ...service, ...purpose } }
}

const optionNames = Object.keys(personaOptions).filter((name): name is OptionName => name in personaOptions)
const professionalSigns = [
  'ps',
  'profession',
  'specialite',
  'air',
  'regulation',
  'connexion-secrete',
] as const

/** No kind is named by an option of its own: a professional, or a structure alone. */
function unnamedKind(options: PersonaOptions): 'professional' | 'structure' | undefined {
  if (professionalSigns.some((name) => given(options, name))) return 'professional'
  return given(options, 'structure') ? 'structure' : undefined
}

function given(options: PersonaOptions, name: OptionName): boolean {
  return options[name] !== undefined && options[name] !== false
}

function structureOf(options: PersonaOptions, needed: boolean | undefined): { structureId?: string } {
  const structureId = options.structure ?? (needed ? anyone.structure : undefined)
  return structureId === undefined ? {} : { structureId }
}

function actingFor(options: PersonaOptions): Pick<Persona, 'authentication'> & { onBehalfOf: InsIdentifier } {
  return { authentication: 'DIRECTE', onBehalfOf: insOf(options.pour) }
}

const nirSystem = 'urn:oid:1.2.250.1.213.1.4.8'

/** `matricule`, taken as a NIR, or `system|matricule`. */
function insOf(text = ''): InsIdentifier {
  const bar = text.indexOf('|')
  return bar < 0
    ? { system: nirSystem, value: text }
    : { system: text.slice(0, bar), value: text.slice(bar + 1) }
}
