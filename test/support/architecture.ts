/**
 * What a source file may import and use, by the folder it lies in: a function of path and text, so that its own test can
 * plant what it must find. Type imports and dynamic imports count like any other.
 * @see CONTRIBUTING.md (layout and import directions)
 */
import { posix } from 'node:path'
import ts from 'typescript'

export type SourceFile = { readonly path: string; readonly source: string }

type Folder = {
  /** Folders of `src` it may import from, beside its own. */
  readonly from: readonly string[]
  readonly packages: readonly string[]
  /** `node:` modules, without the prefix. */
  readonly builtins: readonly string[]
  /** Neither clock nor randomness nor surroundings: all of it is passed in. */
  readonly pure: boolean
}

/** Types alone: erased when compiled. */
const fhirTypes = '@medplum/fhirtypes'

export const folders: Readonly<Record<string, Folder>> = {
  fhir: { from: [], packages: [], builtins: [], pure: true },
  fhirpath: { from: ['fhir'], packages: [], builtins: [], pure: true },
  definitions: { from: ['fhir', 'fhirpath'], packages: [fhirTypes], builtins: [], pure: true },
  dmp: { from: ['fhir'], packages: [fhirTypes, 'saxes'], builtins: [], pure: true },
  validation: {
    from: ['fhir', 'fhirpath', 'definitions', 'dmp'],
    packages: [fhirTypes, 'saxes'],
    builtins: [],
    pure: true,
  },
  search: { from: ['fhir', 'definitions', 'dmp'], packages: [], builtins: [], pure: true },
  patch: { from: ['fhir', 'definitions', 'fhirpath'], packages: [], builtins: [], pure: true },
  projection: { from: ['fhir', 'definitions'], packages: [], builtins: [], pure: true },
  terminology: { from: ['fhir', 'definitions'], packages: [], builtins: [], pure: true },
  xml: { from: ['fhir', 'definitions'], packages: ['saxes'], builtins: [], pure: true },
  policy: { from: ['fhir', 'dmp'], packages: [], builtins: [], pure: true },
  indicators: { from: ['fhir', 'dmp'], packages: [], builtins: [], pure: true },
  hl7v2: { from: ['dmp'], packages: [], builtins: [], pure: true },
  population: { from: ['fhir', 'dmp'], packages: [fhirTypes], builtins: [], pure: true },
  storage: {
    from: ['fhir', 'definitions', 'dmp', 'search', 'policy'],
    packages: ['pg'],
    builtins: ['crypto', 'fs', 'path', 'stream', 'worker_threads'],
    pure: false,
  },
  content: {
    from: ['fhir', 'storage'],
    packages: ['aws4'],
    builtins: [
      ...['crypto', 'fs', 'fs/promises', 'http', 'https', 'os', 'path', 'stream', 'stream/promises'],
      'timers/promises',
      'zlib',
    ],
    pure: false,
  },
  seal: {
    from: ['fhir', 'dmp', 'policy', 'storage'],
    packages: ['xml-crypto'],
    builtins: ['crypto', 'module'],
    pure: false,
  },
  outbound: {
    from: [],
    packages: [],
    builtins: ['crypto', 'dns/promises', 'http', 'https', 'net'],
    pure: false,
  },
  notices: {
    from: ['fhir', 'dmp', 'policy', 'outbound'],
    packages: [fhirTypes, 'nodemailer/lib/mail-composer', 'nodemailer/lib/smtp-connection'],
    builtins: [],
    pure: false,
  },
  audit: {
    from: ['fhir', 'dmp', 'policy', 'storage', 'seal'],
    packages: [],
    builtins: ['crypto'],
    pure: false,
  },
  interactions: {
    from: [
      'fhir',
      'definitions',
      'dmp',
      'validation',
      'xml',
      'patch',
      'projection',
      'terminology',
      'search',
      'policy',
      'storage',
      'content',
      'seal',
      'audit',
      'indicators',
    ],
    packages: [fhirTypes],
    builtins: ['crypto'],
    pure: false,
  },
  jobs: {
    from: [
      ...[
        'fhir',
        'dmp',
        'policy',
        'storage',
        'content',
        'seal',
        'audit',
        'indicators',
        'notices',
        'interactions',
      ],
    ],
    packages: [],
    builtins: [],
    pure: false,
  },
  http: {
    from: ['fhir', 'policy', 'content', 'interactions'],
    packages: ['fastify', 'jose', 'prom-client'],
    builtins: ['buffer', 'crypto', 'http', 'https', 'net', 'stream', 'tls', 'zlib'],
    pure: false,
  },
  // What the wiring is told by the environment. No other folder may ask for it: each gets what it needs as values.
  config: {
    from: ['definitions', 'policy', 'content', 'seal', 'outbound', 'notices', 'http'],
    packages: [],
    builtins: ['crypto', 'fs', 'net', 'os', 'path', 'tls'],
    pure: false,
  },
  console: {
    from: ['fhir', 'dmp', 'interactions', 'http'],
    packages: ['fastify'],
    builtins: ['crypto', 'fs', 'path'],
    pure: false,
  },
  observability: {
    from: ['fhir', 'content', 'storage', 'audit', 'indicators', 'interactions', 'http'],
    packages: [
      'prom-client',
      ...['@opentelemetry/api', '@opentelemetry/exporter-trace-otlp-http'],
      ...['@opentelemetry/resources', '@opentelemetry/sdk-trace-base'],
    ],
    builtins: ['async_hooks', 'cluster', 'crypto', 'fs/promises'],
    pure: false,
  },
}

/** What runs in a browser: it knows its own folder, and the words that it shares with the server. */
const browserFolder = 'src/console/browser/'
const browserPackages = ['swagger-ui-dist/swagger-ui-bundle.js']
const sharedWords = /^src\/console\/(?!browser\/)(?:[a-z-]+\/)*(?:[a-z-]+-)?words\.ts$/

/** Files of a pure folder that may read from the disk, and check the form of what they read. */
const readers: ReadonlySet<string> = new Set([
  'src/definitions/load.ts',
  'src/definitions/load-profile-guides.ts',
  'src/definitions/load-profiles.ts',
  'src/definitions/table-check.ts',
  'src/terminology/load-terminology.ts',
  'src/definitions/load-structure-definitions.ts',
])
const readerBuiltins = ['fs', 'module', 'path', 'zlib']

/** Folders that only the wiring may know: what is in them serves one process, not one request. */
const leaves: ReadonlySet<string> = new Set(['sandbox', 'embedded-postgres', 'cli', 'workers', 'wiring'])

/** Where files that are not code lie: knows nothing, and a leaf may ask it. */
const assets = 'src/asset-path.ts'

const surroundings: ReadonlySet<string> = new Set([
  ...['Buffer', 'crypto', 'fetch', 'global', 'globalThis', 'performance', 'process', 'queueMicrotask'],
  ...['setImmediate', 'setInterval', 'setTimeout'],
])

const vagueNames = /^(?:common|helpers?|lib|misc|types|utils?)$/

export function faultsOf({ path, source }: SourceFile): string[] {
  return [...importFaults(path, source), ...purityFaults(path, source), ...nameFaults(path)]
}

function folderOf(path: string): string {
  const [, folder = '', ...rest] = path.split('/')
  return rest.length > 0 ? folder : ''
}

function importFaults(path: string, source: string): string[] {
  if (path.startsWith(browserFolder)) return browserFaults(path, source)
  const folder = folderOf(path)
  const rules = folders[folder]
  return ts.preProcessFile(source, true, true).importedFiles.flatMap(({ fileName }) => {
    if (fileName.startsWith('.')) {
      const target = posix.join(posix.dirname(path), fileName)
      if (!/\.(?:ts|json)$/.test(target)) return [`${path}: ${fileName} has no extension`]
      return directionFaults(path, folder, target)
    }
    if (!rules) return []
    if (fileName.startsWith('node:')) {
      const builtins = readers.has(path) ? readerBuiltins : rules.builtins
      return builtins.includes(fileName.slice('node:'.length)) ? [] : [`${path}: imports ${fileName}`]
    }
    return rules.packages.includes(fileName) ? [] : [`${path}: imports the package ${fileName}`]
  })
}

function browserFaults(path: string, source: string): string[] {
  return ts.preProcessFile(source, true, true).importedFiles.flatMap(({ fileName }) => {
    const target = fileName.startsWith('.') ? posix.join(posix.dirname(path), fileName) : fileName
    const mayBe =
      target.startsWith(browserFolder) || sharedWords.test(target) || browserPackages.includes(target)
    return mayBe ? [] : [`${path}: imports ${target}, in a browser`]
  })
}

function directionFaults(path: string, folder: string, target: string): string[] {
  if (target.startsWith(browserFolder)) return [`${path}: imports ${target}, which runs in a browser`]
  if (!target.startsWith('src/')) return isWiring(folder) ? [] : [`${path}: imports ${target}, outside src`]
  const other = folderOf(target)
  // The wiring (app, main and their like), the processes it makes, and the command line may import anything.
  if (other === folder || isWiring(folder)) return []
  const rules = folders[folder]
  const allowed = rules
    ? rules.from.includes(other)
    : !leaves.has(other) && (other !== '' || target === assets)
  return allowed ? [] : [`${path}: imports ${target}`]
}

const wiring: ReadonlySet<string> = new Set(['', 'wiring', 'cli', 'workers'])
const isWiring = (folder: string): boolean => wiring.has(folder)

function purityFaults(path: string, source: string): string[] {
  if (!folders[folderOf(path)]?.pure) return []
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true)
  const faults: string[] = []
  const visit = (node: ts.Node): void => {
    const impure = impurityOf(node)
    if (impure !== undefined) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart())
      faults.push(`${path}:${line + 1}: ${impure}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return faults
}

function impurityOf(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length)
    return 'new Date()'
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'Date()'
  if (ts.isPropertyAccessExpression(node)) {
    const text = node.getText()
    if (text === 'Date.now' || text === 'Math.random') return text
    return undefined
  }
  if (!ts.isIdentifier(node) || !surroundings.has(node.text)) return undefined
  const { parent } = node
  // A member of that name, or a key, is something else.
  const isMember =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node)
  return isMember ? undefined : node.text
}

function nameFaults(path: string): string[] {
  return path
    .replace(/\.d\.ts$|\.ts$/, '')
    .split('/')
    .slice(1)
    .flatMap((part) => {
      if (vagueNames.test(part)) return [`${path}: ${part} says nothing of what is in it`]
      return /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(part) ? [] : [`${path}: ${part} is not kebab-case`]
    })
}

/** Chains of imports that come back to their beginning, as `a → b → a`. */
export function cyclesOf(files: readonly SourceFile[]): string[] {
  const targets = new Map(
    files.map(({ path, source }) => [
      path,
      ts
        .preProcessFile(source, true, true)
        .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
        .map(({ fileName }) => posix.join(posix.dirname(path), fileName)),
    ]),
  )
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path)
    if (start >= 0) {
      cycles.push([...way.slice(start), path].join(' → '))
      return
    }
    if (done.has(path)) return
    for (const target of targets.get(path) ?? []) visit(target, [...way, path])
    done.add(path)
  }
  for (const { path } of files) visit(path, [])
  return cycles
}
