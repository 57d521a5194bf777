/** The `dmp token` command that gives the token of a persona; undefined where it has no option for it. */
import type { Persona } from '../sandbox/persona.ts'

export function tokenCommand(persona: Persona): string | undefined {
  const options = optionsOf(persona)
  return options === undefined ? undefined : `TOKEN=$(npx dmp token ${options.join(' ')})`
}

function optionsOf(persona: Persona): readonly string[] | undefined {
  const { actor, authentication, nationalId, profession, speciality, structureId, ins, onBehalfOf } = persona
  const structure = structureId === undefined ? [] : [`--structure ${structureId}`]
  const matricule = (value: typeof ins): string => (value ? `'${value.system}|${value.value}'` : '')
  switch (actor) {
    case 'PS':
      return [
        `--ps ${nationalId}`,
        `--profession ${profession}`,
        ...(speciality === undefined ? [] : [`--specialite ${speciality}`]),
        ...structure,
        ...(authentication === 'INDIRECTE_RENFORCEE' ? ['--air'] : []),
        ...(persona.regulation ? ['--regulation'] : []),
      ]
    case 'NON_PS':
      return ['--secretariat', ...structure]
    case 'STRUCTURE':
      return structure
    case 'PATIENT':
      return [`--patient ${matricule(ins)}`]
    case 'REPRESENTANT_LEGAL':
      return [`--representant ${matricule(ins)}`, `--pour ${matricule(onBehalfOf)}`]
    case 'AIDANT':
      return [`--aidant ${matricule(ins)}`, `--pour ${matricule(onBehalfOf)}`]
    case 'ASSURANCE_MALADIE':
      return ['--assurance-maladie']
    case 'AUDITEUR':
      return ['--auditeur']
    case 'ADMINISTRATION':
      return ['--administration']
  }
}
