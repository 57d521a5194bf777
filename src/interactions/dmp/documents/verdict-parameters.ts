/** What `$verify` answers, as Parameters. @see docs/api.md "$verify" */
import { type Language, wording } from '../../../fhir/error-catalogue.ts'
import { formatResourceId, type ResourceId } from '../../../fhir/id.ts'
import type { AnswerParameter } from '../../../fhir/operation-parameters.ts'
import type { Examined, Found, VersionVerdict } from '../../../seal/examine.ts'

/** @param content SHA-256 of the bytes; undefined when they cannot be read */
export function verdictParameters(
  language: Language,
  at: ResourceId,
  { result, versions, faults }: Examined,
  content: Buffer | undefined,
): AnswerParameter[] {
  return [
    { name: 'result', value: ['Boolean', result === 'intact'] },
    { name: 'verdict', value: ['Code', result] },
    ...versions.map((version) => versionParameter(at, version)),
    ...(content
      ? [{ name: 'contenu', part: [{ name: 'sha256', value: ['String', content.toString('hex')] }] } as const]
      : []),
    ...faults.map((found) => faultParameter(language, found)),
  ]
}

function versionParameter(at: ResourceId, { version, seal, recorded, kid }: VersionVerdict): AnswerParameter {
  return {
    name: 'version',
    part: [
      { name: 'version', value: ['PositiveInt', version] },
      { name: 'sceau', value: ['Code', seal] },
      ...(recorded === undefined
        ? []
        : [{ name: 'scelle', value: ['Instant', new Date(recorded).toISOString()] } as const]),
      ...(kid === undefined ? [] : [{ name: 'cle', value: ['String', kid] } as const]),
      ...(recorded === undefined
        ? []
        : [
            {
              name: 'provenance',
              value: ['Reference', { reference: `Provenance/${formatResourceId(at)}.${version}` }],
            } as const,
          ]),
    ],
  }
}

function faultParameter(language: Language, { fault, version }: Found): AnswerParameter {
  return {
    name: 'anomalie',
    part: [
      { name: 'code', value: ['Code', fault] },
      ...(version > 0 ? [{ name: 'version', value: ['PositiveInt', version] } as const] : []),
      { name: 'texte', value: ['String', wording(fault, language)] },
    ],
  }
}
