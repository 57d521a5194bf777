/** What traces are found by, in words. */
export const traceWords: Readonly<Record<string, string>> = {
  _id: 'Logical id',
  _lastUpdated: 'As `date`: a trace never changes',
  date: 'When it happened',
  'period-start': 'The same, as TdE calls it',
  action: '`C`, `R`, `U`, `D`, `E`',
  outcome: '`0` done, `4` refused, `8` failed',
  type: 'Kind of event',
  subtype: 'Interaction of FHIR, transaction of IHE (`ITI-67`), or our own name of it',
  purpose: 'Why: `TREAT`, `BTG`, `ETREAT`, `PATRQT` …, or the access mode (TRE_R248)',
  'agent-role': 'Actor, way of authentication, or profession (TRE_G15)',
  site: 'This server',
  agent:
    'Who: `agent:identifier=[system]|[value]` (also `agent.identifier`), IDNPS, IDNST or client; the patient as `Patient/[id]`',
  entity:
    'What was shown or written, as `[type]/[id]` or with a version; `entity:identifier` is the `X-Request-Id` of the request',
  policy: 'A rule that decided, as `https://dmp-fhir.example/CodeSystem/regle#A8`',
}
