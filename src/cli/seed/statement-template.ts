/**
 * What the seal of a made-up deposit signs, out of a template: the statements of one agent differ in ids, times and digests
 * alone. The first that it is filled for is compared with what a deposit's would be, and anything that differs stops the command.
 */
import { encodeUuid, type Uuid } from '../../fhir/id.ts'
import type { SealAgent } from '../../seal/seal-version.ts'
import { type Statement, statementText } from '../../seal/statement.ts'
import { fillText, type TextTemplate, textCompiler } from './text-template.ts'

/** Of a deposit. */
export type DepositStatement = Statement & {
  readonly content: Buffer
  readonly submission_text: Buffer
}

export function statementWriter(): (statement: DepositStatement) => string {
  const templates = new Map<string, TextTemplate>()
  return (statement) => {
    const agent = nameOf(statement)
    const known = templates.get(agent)
    if (known) return fillText(known, valuesOf(statement))
    const sample = { ...statement, ...marked }
    const template = textCompiler(valuesOf(sample))(statementText(sample))
    const filled = fillText(template, valuesOf(statement))
    if (filled !== statementText(statement))
      throw new Error('A template of statements does not make what the seal of one says')
    templates.set(agent, template)
    return filled
  }
}

function nameOf({ actor, person, organization, client }: SealAgent): string {
  return [actor, person, organization, client].join('\n')
}

function valuesOf(statement: DepositStatement): string[] {
  const { patientKey, document, recorded, metadata, text, content, submission_text } = statement
  return [
    encodeUuid(patientKey),
    encodeUuid(document),
    new Date(recorded).toISOString(),
    metadata.toString('hex'),
    text.toString('hex'),
    content.toString('hex'),
    submission_text.toString('hex'),
  ]
}

const digest = (byte: number): Buffer => Buffer.alloc(32, byte)
const marked = {
  patientKey: '0aaaaaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa' as Uuid,
  document: '0bbbbbbb-bbbb-7bbb-8bbb-bbbbbbbbbbbb' as Uuid,
  recorded: Date.UTC(1971, 1, 3, 4, 5, 6, 789),
  metadata: digest(0xd1),
  text: digest(0xd2),
  content: digest(0xd3),
  submission_text: digest(0xd4),
}
