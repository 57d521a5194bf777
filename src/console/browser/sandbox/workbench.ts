/**
 * Requests as a persona: the token, the mode of access, the request itself, and beside it the server's explanation of its
 * decision. Each becomes a step that a journal is told of, as it was sent and answered.
 */
import type { Language } from '../../words.ts'
import { type RoleKey, roleOf } from './cast.ts'
import { type Explained, explanationRequest, readExplained, refusalsOf } from './decision.ts'
import { type Answer, type Call, type Exchange, NoAnswer, requestOf, send } from './exchange.ts'
import type { Ins, Persona } from './persona.ts'
import { NoToken, tokenSource } from './tokens.ts'

export type Mode = 'normal' | 'bris_de_glace' | 'centre_15'
export type Access = { readonly mode: Mode; readonly motive: string }

export const normal: Access = { mode: 'normal', motive: '' }

export type Asked = {
  readonly title: string
  readonly role: RoleKey
  /** Of the record; a caller who is nobody's patient does without. */
  readonly ins?: Ins
  readonly access?: Access
  readonly call: Call
  /** Id of the record: the decision is explained. Absent where policy is not asked about a record. */
  readonly patientId?: string
}

export type Told =
  | { readonly explained: Explained }
  /** The server does not explain it: why. */
  | { readonly unexplained: string }

export type Step = {
  readonly number: number
  readonly at: Date
  readonly asked: Asked
  readonly persona: Persona
  readonly exchange: Exchange
  /** Comes later; undefined where nothing is asked. */
  readonly decision: Promise<Told> | undefined
}

/** What a page does with steps, and with requests that nobody answered. */
export type Journal = {
  add(step: Step): void
  fail(asked: Asked, reason: 'no answer' | 'no token', detail: string): void
}

export type Workbench = {
  readonly language: Language
  /** Undefined when nobody answered: the journal says so. */
  readonly perform: (asked: Asked) => Promise<Answer | undefined>
}

/** @param root the path before the server's addresses */
export function workbench(
  root: string,
  language: Language,
  journal: Journal,
  explain: () => boolean,
): Workbench {
  const base = `${location.origin}${root}/fhir`
  const tokenFor = tokenSource(root)
  const nobody: Ins = { system: '', value: '' }
  let steps = 0

  const perform: Workbench['perform'] = async (asked) => {
    const persona = roleOf(asked.role).persona(asked.ins ?? nobody)
    const headers = modeHeaders(asked.access ?? normal)
    const { call, patientId } = asked
    try {
      const token = await tokenFor(persona)
      const request = requestOf(base, { ...call, headers: { ...call.headers, ...headers } }, language)
      const exchange = await send(request, token)
      const decision =
        patientId !== undefined && explain()
          ? explanation(base, call, patientId, headers, language, token)
          : undefined
      journal.add({ number: ++steps, at: new Date(), asked, persona, exchange, decision })
      return exchange.answer
    } catch (error) {
      if (error instanceof NoAnswer) journal.fail(asked, 'no answer', '')
      else if (error instanceof NoToken) journal.fail(asked, 'no token', error.message)
      else throw error
      return undefined
    }
  }
  return { language, perform }
}

async function explanation(
  base: string,
  call: Call,
  patientId: string,
  headers: Readonly<Record<string, string>>,
  language: Language,
  token: string,
): Promise<Told> {
  const body = explanationRequest(call, patientId)
  const request = requestOf(base, { method: 'POST', path: '/$expliquer', headers, body }, language)
  try {
    const { answer } = await send(request, token)
    const explained = readExplained(answer.json)
    if (explained) return { explained }
    return { unexplained: refusalsOf(answer.json)[0]?.text ?? `${answer.status}` }
  } catch (error) {
    if (error instanceof NoAnswer) return { unexplained: error.message }
    throw error
  }
}

function modeHeaders({ mode, motive }: Access): Readonly<Record<string, string>> {
  if (mode === 'normal') return {}
  return { 'DMP-Mode-Acces': mode, ...(motive === '' ? {} : { 'DMP-Motif': encodeURIComponent(motive) }) }
}

/** A link of a Bundle names the public URL, which may be another name of this server: the path below its FHIR base. */
export function pathOfLink(link: string): string | undefined {
  if (!URL.canParse(link)) return undefined
  const { pathname, search } = new URL(link)
  const at = pathname.indexOf('/fhir')
  return at < 0 ? undefined : `${pathname.slice(at + '/fhir'.length)}${search}`
}
