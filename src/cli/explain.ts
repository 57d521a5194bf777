/**
 * `dmp explain`: asks a server how its policy would decide a request of the token's caller, and prints it rule by rule.
 * The server explains (`$expliquer`); nothing is decoded or decided here, and the request itself is not made.
 * @see docs/api.md "$expliquer"
 */
import { type Command, CommandError, command, exitCodes } from './command.ts'
import { askServer, type Explained, readExplained, refusalOf } from './explained.ts'
import { explainTable } from './tables/explain.ts'
import { defaultServer } from './tables/settings.ts'

export const explain: Command = command(explainTable, async ({ options: values, words: given }, io) => {
  const [method, url, ...others] = given
  const token = values.token ?? io.env.DMP_TOKEN
  if (!token) throw new CommandError(exitCodes.usage, 'say who asks: --token or DMP_TOKEN')
  if (method === undefined || url === undefined || others.length > 0)
    throw new CommandError(exitCodes.usage, 'say one request: <method> <url> (dmp explain --help)')
  const language = values.langue
  const { status, text } = await askServer(io.env.DMP_URL || defaultServer, {
    token,
    language,
    mode: values.mode,
    motive: values.motif,
    parameters: { methode: method, url, patient: values.patient, type: values.type },
  })
  if (status !== 200) throw new CommandError(exitCodes.refused, refusalOf(status, text))
  const explained = readExplained(text)
  if (!explained)
    throw new CommandError(exitCodes.unavailable, 'the server does not explain: another version?')
  io.out(values.json ? text : told(explained, language))
  return explained.requests.some(({ permitted }) => permitted) ? exitCodes.ok : exitCodes.refused
})

function told({ interaction, scope, mode, requests }: Explained, language: 'fr' | 'en'): string {
  const words = wordsIn[language]
  const head = `${interaction}, ${words.mode} ${mode}${scope === undefined ? '' : `, ${words.scope} ${scope}`}`
  const blocks = requests.map(({ action, permitted, condition, readable, steps }) => {
    const answer = permitted ? words.permitted : words.refused
    const more = [
      ...(condition === undefined ? [] : [`${words.condition} ${condition}`]),
      ...(readable === undefined ? [] : [readable ? words.readable : words.unreadable]),
    ]
    return [
      `\n${action}: ${answer}${more.length > 0 ? ` (${more.join(' ; ')})` : ''}`,
      ...steps.map(
        ({ rule, verdict, text }) =>
          `  ${rule.padEnd(4)} ${(words.verdicts[verdict] ?? verdict).padEnd(14)} ${text}`,
      ),
    ].join('\n')
  })
  return [head, ...blocks].join('\n')
}

const wordsIn = {
  fr: {
    mode: 'mode',
    scope: 'portée',
    permitted: 'permis',
    refused: 'refusé',
    condition: 'condition :',
    readable: 'type lisible',
    unreadable: 'type non lisible',
    verdicts: {
      'sans-objet': 'sans objet',
      'non-examinee': 'non examinée',
    } as Readonly<Record<string, string>>,
  },
  en: {
    mode: 'mode',
    scope: 'scope',
    permitted: 'permitted',
    refused: 'refused',
    condition: 'condition:',
    readable: 'type may be read',
    unreadable: 'type may not be read',
    verdicts: {
      admet: 'passes',
      refuse: 'denies',
      restreint: 'narrows',
      'sans-objet': 'not applicable',
      'non-examinee': 'not reached',
    } as Readonly<Record<string, string>>,
  },
} as const
