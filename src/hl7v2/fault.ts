/**
 * What is wrong with a message, where, and by which code of HL7. Never a part of the message: it may be personal.
 * @see HL7 table 0357 (message error condition)
 */
export const conditions = {
  '100': 'Segment sequence error',
  '101': 'Required field missing',
  '102': 'Data type error',
  '103': 'Table value not found',
  '200': 'Unsupported message type',
  '201': 'Unsupported event code',
  '203': 'Unsupported version id',
  '207': 'Application internal error',
} as const

export type Hl7Fault = {
  readonly segment: string
  /** Which segment of this name, from 1. */
  readonly sequence: number
  readonly field?: number
  readonly component?: number
  readonly code: keyof typeof conditions
  /** What to do about it, for a person. */
  readonly text: string
}
