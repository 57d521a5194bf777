/** `dmp --help`: what there is, in the order in which one needs it, and the first things to paste. */
import type { CommandTable, Group } from '../command-table.ts'
import { seededPatient } from '../tables/settings.ts'
import type { Paint } from '../terminal/paint.ts'
import { columns } from './columns.ts'

const groups = {
  start: 'Start here',
  integrators: 'For integrators: software that reads and deposits',
  operators: 'For operators: an installation and its data',
} as const satisfies Readonly<Record<Group, string>>

/** Run by test/cli/help.test.ts, like those of the commands. */
export const firstExamples = [
  { line: 'dmp demo', says: 'what is it, in two seconds?' },
  { line: 'dmp seed --patients 5 --documents 20', says: 'some made-up records, to try with' },
  { line: 'export DMP_TOKEN=$(dmp token --ps 899700000005 --structure 1750000001)', says: 'be a doctor' },
  {
    line: `dmp explain GET "/fhir/DocumentReference?patient.identifier=${seededPatient}"`,
    says: 'may this doctor look for documents there, and by which rule?',
  },
  { line: 'dmp push --structure 1750000001 ./letters', says: 'deposit a folder of documents' },
  { line: 'dmp doctor', says: 'is this installation sound?' },
] as const

export function allHelp(tables: readonly CommandTable[], paint: Paint): string {
  const listed = Object.entries(groups).flatMap(([group, title]) => [
    '',
    paint('bold', title),
    ...columns(
      tables.filter((table) => table.group === group).map(({ name, summary }) => [name, summary]),
      (left) => paint('green', left),
    ),
  ])
  return [
    `${paint('bold', 'usage:')} dmp <command> [options]`,
    '',
    '  The command of the FHIR server of the DMP: for who integrates software with it, and who runs it.',
    ...listed,
    '',
    paint('bold', 'Try'),
    ...firstExamples.flatMap(({ line, says }) => [
      `  ${paint('dim', `# ${says}`)}`,
      `  ${paint('cyan', line)}`,
    ]),
    '',
    paint('bold', 'More'),
    ...columns([
      ['dmp <command> --help', 'usage, options, examples, exit codes; dmp help <command> is the same'],
      ['dmp completion bash', 'completes all this in your shell'],
      ['DMP_URL', 'names the server (http://127.0.0.1:8080/fhir)'],
      [
        'README.md',
        'begin here; docs/cli.md: this command; docs/api.md: the server; docs/operations.md: running it',
      ],
    ]),
  ].join('\n')
}

/** `dmp audit --help`: what begins with this word. */
export function wordHelp(word: string, tables: readonly CommandTable[], paint: Paint): string {
  const [first] = tables
  return [
    `${paint('bold', 'usage:')} dmp ${word} <${tables.map(({ name }) => name.slice(word.length + 1)).join(' | ')}> [options]`,
    '',
    ...columns(
      tables.map(({ name, summary }) => [`dmp ${name}`, summary]),
      (left) => paint('green', left),
    ),
    '',
    ...tables.flatMap(({ examples }) =>
      examples
        .slice(0, 1)
        .flatMap(({ line, says }) => [`  ${paint('dim', `# ${says}`)}`, `  ${paint('cyan', line)}`]),
    ),
    '',
    `dmp ${first?.name ?? word} --help says more.`,
  ].join('\n')
}
