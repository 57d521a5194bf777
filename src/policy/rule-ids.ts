/**
 * The ids of the rules that the code applies; docs/policy.md says what each is, and a test compares the two, both ways.
 */
export const ruleIds = [
  'F0',
  'F1',
  'F2',
  'F5',
  'F7',
  'F8',
  'F9',
  'F10',
  'F11',
  'F12',
  'H1',
  'P1',
  'P2',
  'A1',
  'A2',
  'A3',
  'A4',
  'A5',
  'A6',
  'A8',
  'A11',
  'A12',
  'V1',
  'V2',
  'V3',
  'V4',
  'V5',
  'V6',
  'V7',
  'D1',
  'D4',
  'D5',
  'D6',
  'D9',
  'D11',
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'T1',
  'T2',
  'T4',
  'T5',
] as const

export type RuleId = (typeof ruleIds)[number]

/** Functional rights, of which those that no action names are refused to all (default deny). */
export type RightId = Extract<RuleId, `F${number}`>
