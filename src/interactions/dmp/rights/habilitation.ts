/**
 * `GET $habilitation`: the matrices in force, and which follow them. Public, about nobody, and the same for everybody: it
 * is written once for each version.
 * @see docs/api.md "The matrices"
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import {
  parametersOfQuery,
  refuseUnknown,
  textParameter,
  writeParameters,
} from '../../../fhir/operation-parameters.ts'
import type { PublicAnswer } from '../../public-answer.ts'
import type { Pairs } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import { functionalRightsParameter, habilitationParameter } from './habilitation-parameters.ts'

type Engine = Pick<DmpEngine, 'matricesAt' | 'nextMatricesAfter' | 'terminology'>

export function habilitation(engine: Engine): (pairs: Pairs, now: number) => PublicAnswer {
  let whole: PublicAnswer | undefined
  return (pairs, now) => {
    const { rights, habilitation: reading } = engine.matricesAt(now)
    const next = engine.nextMatricesAfter(now)
    const asked = parametersOfQuery(pairs)
    refuseUnknown(asked, ['profession', 'type'])
    const profession = known(
      'profession',
      textParameter(asked, 'profession'),
      reading.professions.map(({ code }) => code),
    )
    const type = known('type', textParameter(asked, 'type'), reading.types)
    const versions = [rights, reading, next.rights, next.habilitation].map((table) =>
      table ? `${table.validFrom}/${table.version}` : '',
    )
    const etag = `W/"${[...versions, profession ?? '', type ?? ''].map(encodeURIComponent).join(':')}"`
    if (whole?.etag === etag) return whole
    const { documentTypes } = engine.terminology
    const matrix = habilitationParameter(reading, next.habilitation, { profession, type }, documentTypes)
    const isWhole = profession === undefined && type === undefined
    const answer: PublicAnswer = {
      etag,
      body: stringifyJson(
        writeParameters(isWhole ? [matrix, functionalRightsParameter(rights, next.rights)] : [matrix]),
      ),
    }
    if (isWhole) whole = answer
    return answer
  }
}

/** @throws FhirError 400 for a code that is not in the matrix, which denies it */
function known(name: string, code: string | undefined, codes: readonly string[]): string | undefined {
  if (code === undefined || codes.includes(code)) return code
  throw refusal('invalid', 'parametre-invalide', { params: { name, form: codes.join(', ') } })
}
