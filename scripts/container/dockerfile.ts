/**
 * A Dockerfile as a list of instructions for each of its stages: as much of the language as ours uses, and an error for the rest.
 * @see https://docs.docker.com/reference/dockerfile/
 */
export type Instruction = { readonly name: string; readonly value: string }
export type Stage = {
  readonly image: string
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

const known: ReadonlySet<string> = new Set(
  'ARG FROM WORKDIR COPY RUN LABEL ENV VOLUME USER EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD'.split(' '),
)

/** @throws for what it does not know, and for a build argument without a value */
export function parseDockerfile(text: string): Stage[] {
  const settings = new Map<string, string>()
  const stages: (Stage & { instructions: Instruction[] })[] = []
  for (const { name, value } of instructionsOf(text)) {
    if (!known.has(name)) throw new Error(`Dockerfile: ${name} is not known here`)
    const last = stages.at(-1)
    if (name === 'ARG') {
      if (last) throw new Error('Dockerfile: ARG within a stage')
      const [argument = '', given = ''] = value.split('=')
      settings.set(argument, given)
    } else if (name === 'FROM') {
      const [image = '', as, stage] = value.split(/\s+/)
      stages.push({
        image: image.replace(/\$\{(\w+)\}/g, (_, argument: string) => settings.get(argument) ?? ''),
        name: as === 'AS' ? stage : undefined,
        instructions: [],
      })
    } else if (last) last.instructions.push({ name, value })
    else throw new Error(`Dockerfile: ${name} before FROM`)
  }
  return stages
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#') && line.trim() !== '')
  return lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => {
      const [, name = '', value = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
      return { name, value: value.trim() }
    })
}

export function valuesOf(stage: Stage, name: string): string[] {
  return stage.instructions.filter((each) => each.name === name).map(({ value }) => value)
}

/** `ENV A=1 B=2`; values are plain. */
export function environmentOf(stage: Stage): Record<string, string> {
  const pairs = valuesOf(stage, 'ENV').flatMap((value) => value.split(/\s+/))
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

/** `["a", "b"]`; the form that goes through a shell is refused: the image has none. */
export function commandOf(value: string | undefined): string[] {
  const list: unknown = JSON.parse(value ?? '[]')
  if (!Array.isArray(list) || !list.every((each): each is string => typeof each === 'string'))
    throw new Error(`Dockerfile: not a list of words: ${value}`)
  return list
}

export type Copy = {
  readonly from: string | undefined
  readonly chown: string | undefined
  readonly paths: readonly string[]
  readonly to: string
}

export function copyOf(value: string): Copy {
  const words = value.split(/\s+/)
  const option = (name: string): string | undefined =>
    words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
  const paths = words.filter((word) => !word.startsWith('--'))
  const to = paths.pop()
  if (to === undefined || paths.length === 0) throw new Error(`Dockerfile: COPY ${value}`)
  return { from: option('from'), chown: option('chown'), paths, to }
}
