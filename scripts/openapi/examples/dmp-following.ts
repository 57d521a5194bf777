/** What follows a record: subscriptions, traces, indicators; and what is about nobody. @see docs/api.md, docs/subscriptions.md */
import { patientIns } from './callers.ts'
import type { Exchange } from './exchange.ts'

const byIns = { 'patient.identifier': `${patientIns.system}|${patientIns.value}` }
const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-'

const subscription = (status: string, more: object = {}): object => ({
  resourceType: 'Subscription',
  ...more,
  meta: { profile: [`${BACKPORT}subscription`] },
  status,
  reason: 'Suivi du patient',
  criteria: 'https://dmp-fhir.example/SubscriptionTopic/document-depose',
  _criteria: {
    extension: [
      { url: `${BACKPORT}filter-criteria`, valueString: 'DocumentReference?patient=Patient/{record}' },
    ],
  },
  channel: {
    type: 'rest-hook',
    endpoint: 'https://notify.example:8443/dmp',
    payload: 'application/fhir+json',
    _payload: { extension: [{ url: `${BACKPORT}payload-content`, valueCode: 'id-only' }] },
  },
})

export const subscribing: readonly Exchange[] = [
  {
    name: 'subscribe',
    operationId: 'subscribe',
    summary: 'Be told of each new document',
    as: 'gp',
    body: { value: subscription('requested') },
    status: 201,
    tells: { subscription: /Subscription\/([\w.]+)/ },
  },
  {
    name: 'subscribeElsewhere',
    operationId: 'subscribe',
    summary: 'At a host that the operator has not listed',
    as: 'gp',
    body: {
      value: JSON.parse(JSON.stringify(subscription('requested')).replace('notify.example', 'other.example')),
    },
    status: 422,
  },
  {
    name: 'mySubscriptions',
    operationId: 'searchSubscriptions',
    summary: 'One’s own',
    as: 'gp',
    query: { patient: 'Patient/{record}', status: 'requested', _count: '10' },
    status: 200,
  },
  {
    name: 'readSubscription',
    operationId: 'readSubscription',
    summary: 'Without its secret',
    as: 'gp',
    path: { id: '{subscription}' },
    status: 200,
  },
  {
    name: 'subscriptionStatus',
    operationId: 'subscriptionStatus',
    summary: 'Before the handshake',
    as: 'gp',
    path: { id: '{subscription}' },
    status: 200,
  },
  {
    name: 'subscriptionEvents',
    operationId: 'subscriptionEvents',
    summary: 'What it was told so far',
    as: 'gp',
    path: { id: '{subscription}' },
    query: { eventsSinceNumber: '1', content: 'id-only' },
    status: 200,
  },
  {
    name: 'endSubscription',
    operationId: 'updateSubscription',
    summary: 'It ends',
    as: 'gp',
    path: { id: '{subscription}' },
    headers: { 'If-Match': 'W/"1"' },
    body: { value: subscription('off', { id: '{subscription}' }) },
    status: 200,
  },
  {
    name: 'deleteSubscription',
    operationId: 'deleteSubscription',
    summary: 'And is forgotten',
    as: 'gp',
    path: { id: '{subscription}' },
    status: 204,
  },
]

export const tracing: readonly Exchange[] = [
  {
    name: 'traces',
    operationId: 'searchTraces',
    summary: 'The last refusal',
    as: 'patient',
    query: { patient: '{record}', outcome: '4', date: 'ge2026-11-01', _count: '1' },
    status: 200,
    tells: { trace: /"AuditEvent","id":"([\w.-]+)"/ },
  },
  {
    name: 'tracesAsTable',
    operationId: 'searchTraces',
    summary: 'Emergency accesses as a table',
    as: 'patient',
    query: { patient: '{record}', purpose: 'BTG', _format: 'csv' },
    status: 200,
  },
  {
    name: 'tracesByPost',
    operationId: 'searchTracesByPost',
    summary: 'How often documents were searched',
    as: 'patient',
    form: { ...byIns, subtype: 'ITI-67', _summary: 'count' },
    status: 200,
  },
  {
    name: 'readTrace',
    operationId: 'readTrace',
    summary: 'One of them',
    as: 'patient',
    path: { id: '{trace}' },
    status: 200,
  },
  {
    name: 'accesses',
    operationId: 'summariseAccesses',
    summary: 'Who came since a day',
    as: 'patient',
    path: { id: '{record}' },
    query: { _since: '2026-11-01', _count: '20' },
    status: 200,
  },
]

const month = { periodStart: '2026-10-01', periodEnd: '2026-10-31' }
const MEASURE = 'https://dmp-fhir.example/Measure/refus'
const asked = (...more: readonly object[]): object => ({
  resourceType: 'Parameters',
  parameter: [
    ...more,
    { name: 'periodStart', valueDate: month.periodStart },
    { name: 'periodEnd', valueDate: month.periodEnd },
  ],
})

export const measuring: readonly Exchange[] = [
  {
    name: 'measures',
    operationId: 'searchMeasures',
    summary: 'The indicator of refusals',
    as: 'auditor',
    query: { url: MEASURE },
    status: 200,
  },
  {
    name: 'measure',
    operationId: 'readMeasure',
    summary: 'What it counts',
    as: 'auditor',
    path: { id: 'refus' },
    status: 200,
  },
  {
    name: 'evaluate',
    operationId: 'evaluateMeasure',
    summary: 'A month that is not counted yet',
    as: 'auditor',
    path: { id: 'refus' },
    query: month,
    status: 200,
  },
  {
    name: 'evaluateByPost',
    operationId: 'evaluateMeasureByPost',
    summary: 'The same',
    as: 'auditor',
    path: { id: 'refus' },
    body: { value: asked() },
    status: 200,
  },
  {
    name: 'evaluateNamed',
    operationId: 'evaluateNamedMeasure',
    summary: 'Of the indicator of this URL',
    as: 'auditor',
    query: { measure: MEASURE, ...month, reportType: 'population' },
    status: 200,
  },
  {
    name: 'evaluateNamedByPost',
    operationId: 'evaluateNamedMeasureByPost',
    summary: 'The same',
    as: 'auditor',
    body: { value: asked({ name: 'measure', valueUri: MEASURE }) },
    status: 200,
  },
]

const LONG = 'As long as a CapabilityStatement is: ask a server'

export const publishing: readonly Exchange[] = [
  {
    name: 'capabilities',
    operationId: 'capabilities',
    summary: 'What this server can do',
    status: 200,
    unshown: LONG,
  },
  { name: 'alive', operationId: 'isAlive', summary: 'It is', status: 200 },
  { name: 'ready', operationId: 'isReady', summary: 'It is', status: 200 },
  {
    name: 'thisDocument',
    operationId: 'openApi',
    summary: 'This document',
    status: 200,
    unshown: 'It would hold itself',
  },
  { name: 'smart', operationId: 'smartConfiguration', summary: 'Outside the sandbox', status: 200 },
  {
    name: 'matrix',
    operationId: 'publishMatrices',
    summary: 'Who of one profession reads one type of document',
    query: { profession: '60', type: '11490-0' },
    status: 200,
  },
  { name: 'sealKeys', operationId: 'publishSealKeys', summary: 'Of a server with one key', status: 200 },
]
