/**
 * "Try it" and "Who saw what" as people meet them: headless Chromium over a real server and its sandbox issuer. The story of
 * the demonstration, told by clicks; documents that mean harm; both languages, the keyboard alone, what is left behind.
 * @see docs/console.md
 */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import t from 'tap'
import { assetPath } from '../../src/asset-path.ts'
import { relativeOf, roleKeys, roleOf } from '../../src/console/browser/sandbox/cast.ts'
import { drawIdentity, withKey } from '../../src/console/browser/sandbox/matricule.ts'
import { readRules } from '../../src/console/rules/read-rules.ts'
import { isMatricule } from '../../src/dmp/identity/ins.ts'
import { isPractitionerId, isStructureId } from '../../src/dmp/identity/national-identifiers.ts'
import { ruleIds } from '../../src/policy/rule-ids.ts'
import { personaParser } from '../../src/sandbox/persona.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { eventually, type Looks, type TestBrowser, testBrowser, type Visit } from '../support/browser.ts'
import { sharedData } from '../support/shared-data.ts'

t.setTimeout(380_000)

const app: TestApp = await testApp({ DMP_ISSUERS: '' })
t.teardown(() => app[Symbol.asyncDispose]())
const origin = new URL(app.base).origin
const insPattern = /[125678]\d{14}/

t.test('every persona is one that the issuer takes, with numbers that hold', async (t) => {
  const parse = personaParser()
  const { ins } = drawIdentity((below) => below - 1)
  t.ok(isMatricule(ins.value, 'TEST'))
  t.equal(withKey('2790351215189').slice(13), '89', 'the published example')
  for (const kind of ['AIDANT', 'REPRESENTANT_LEGAL'] as const) {
    const relative = relativeOf(kind, ins)
    t.ok(isMatricule(relative.value, 'TEST') && relative.value !== ins.value, kind)
  }
  const numbers = new Set<string>()
  for (const key of roleKeys) {
    const persona = roleOf(key).persona(ins)
    t.same(parse(JSON.stringify(persona)), persona, key)
    if (persona.nationalId !== undefined) {
      t.ok(isPractitionerId(persona.nationalId), key)
      t.notOk(numbers.has(persona.nationalId), `${key} is nobody else`)
      numbers.add(persona.nationalId)
    }
    if (persona.structureId !== undefined) t.ok(isStructureId(persona.structureId), key)
  }
  t.ok(numbers.size > 8)
})

t.test('the issuer gives tokens to pages of its own server, and to those of no other', async (t) => {
  const persona = JSON.stringify(roleOf('administration').persona({ system: '', value: '' }))
  const asked = (from: string): Promise<Response> =>
    fetch(`${origin}/sandbox/oidc/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa('dmp-sandbox:sandbox-secret-known-to-everyone')}`,
        origin: from,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', persona }),
    })
  t.equal((await asked(origin)).status, 200)
  for (const from of ['https://evil.example', 'null', `${origin}.evil.example`]) {
    const answer = await asked(from)
    t.equal(answer.status, 400, from)
    t.notMatch(await answer.text(), 'access_token')
  }
})

t.test('every rule that a refusal may name has its place on the page of the rules', async (t) => {
  const rules = readRules(readFileSync(assetPath('docs', 'policy.md'), 'utf8')).flatMap(
    (chapter) => chapter.rules,
  )
  t.same(
    ruleIds.filter((id) => !rules.some((rule) => rule.id === id)),
    [],
  )
  for (const { id, words, source } of rules) t.ok(words.length > 0 && source !== '', id)
  t.throws(() => readRules('# Nothing'), /has none/)
  const page = await (await fetch(`${origin}/console/rules?lang=en`)).text()
  t.match(page, '<article class="panel" id="A8"')
  t.match(page, /<a href="#A7">A7<\/a>/)
})

t.test('in a browser', async (t) => {
  await using browser = await testBrowser(t)
  if (!browser) return
  await t.test('the story: bris de glace, masking, blocking, and who saw what', (t) => story(t, browser))
  await t.test('in English, narrow, dark, with the keyboard alone', (t) => keyboard(t, browser))
  await t.test('documents that mean harm', (t) => hostileDocuments(t, browser))
  await t.test('hostile words in metadata, and more pages', (t) => hostileMetadata(t, browser))
  await t.test('the published CDA examples', (t) => publishedExamples(t, browser))
})

type Tap = Parameters<typeof testBrowser>[0]

/** A refusal that is shown is also told by the browser's console; Chromium's own PDF viewer is a page of its own. */
async function unforeseen(visit: Visit): Promise<string[]> {
  return (await visit.faults()).filter(
    (fault) => !/the server responded with a status of 40[034]|^asks chrome(?:-extension)?:/.test(fault),
  )
}

async function tryPage(browser: TestBrowser, looks: Looks = {}): Promise<Visit> {
  const visit = await browser.visit(`${origin}/console/try`, looks)
  await visit.page.locator('#who:not([hidden])').waitFor()
  return visit
}

type Result = { readonly status: number; readonly text: string }

/** Does something, and waits for the step of this title that comes of it. */
async function after(page: Page, title: string, act: () => Promise<unknown>): Promise<Result> {
  const last = page.locator('.step').first()
  const before =
    (await page.locator('.step').count()) === 0 ? 0 : Number(await last.getAttribute('data-step'))
  await act()
  const look = `(() => {
    const found = [...document.querySelectorAll('.step')].find(
      (step) => Number(step.dataset.step) > ${before} && step.querySelector('h3').textContent.includes(${JSON.stringify(title)}))
    return found && { status: Number(found.dataset.status), text: found.textContent }
  })()`
  // Asked for by the debugger's protocol each time: the page's policy lets nobody wait inside it.
  const found = await eventually(() => page.evaluate<Result | undefined>(look), Boolean)
  if (!found) throw new Error(`No step ${title}`)
  return found
}

/** Of the list, which is written a moment after the answer is there. @param many how many there will be */
const documentTitles = (page: Page, many: number): Promise<string[]> =>
  eventually(
    () =>
      page
        .locator('#found tbody th')
        .evaluateAll((heads) => heads.map((head) => head.firstChild?.textContent ?? '')),
    ({ length }) => length === many,
  )

async function makeRecord(page: Page): Promise<void> {
  await page.locator('#make').click()
  await page.locator('[data-document]').nth(2).waitFor()
}

async function story(t: Tap, browser: TestBrowser): Promise<void> {
  await using visit = await tryPage(browser)
  const { page } = visit
  page.on('dialog', (dialog) => void dialog.accept())
  const be = (role: string) => page.locator('#role').selectOption(role)
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const look = () => after(page, 'Chercher les documents', () => press('Voir les documents'))

  await makeRecord(page)
  t.match(await page.locator('#said').textContent(), /Dossier d’essai créé/)
  t.equal((await documentTitles(page, 3)).length, 3, 'the GP sees all three')
  t.same(await visit.axe(), [], 'accessible')

  await t.test('a PDF is shown in the page, from memory', async (t) => {
    await after(page, 'Consulter le document', () => page.locator('[data-document] button').first().click())
    const frame = page.locator('iframe.pdf')
    await frame.waitFor()
    t.match(await frame.getAttribute('src'), new RegExp(`^blob:${origin}/`))
    t.ok(await page.evaluate('navigator.pdfViewerEnabled'))
    await press('Fermer le document')
    t.equal(await frame.count(), 0)
  })

  await t.test('a CDA is shown as a letter', async (t) => {
    await after(page, 'Consulter le document', () => page.locator('[data-document] button').nth(2).click())
    const letter = page.locator('.cda')
    await letter.waitFor()
    const text = (await letter.textContent()) ?? ''
    for (const words of ['DESMARAIS', 'Yann KERVELLA', 'Furosémide 40 mg', 'Suites à donner', 'NT-proBNP'])
      t.ok(text.includes(words), words)
    t.ok((await letter.locator('table').count()) >= 4)
    t.same(await visit.axe(), [], 'accessible')
    await visit.picture('try-letter')
  })

  await be('emergencyDoctor')
  const refused = await look()
  t.equal(refused.status, 403)
  t.match(refused.text, /autorisation-absente A1/)
  const rule = page.locator('.step').first().locator('a.rule').first()
  t.equal(await rule.getAttribute('href'), '/console/rules?lang=fr#A1')

  await press('Bris de glace…')
  t.equal(await page.evaluate('document.activeElement.id'), 'motive', 'the motive is asked for')
  await page.locator('#motive').fill('')
  const noMotive = await after(page, 'Chercher les documents', () => press('Accéder en bris de glace'))
  t.equal(noMotive.status, 400)
  t.match(noMotive.text, /motif-absent A8/)
  await after(page, 'Chercher les documents', () => press('Revenir au mode normal'))
  await press('Bris de glace…')
  await page.locator('#motive').fill('Patiente inconsciente, traitement inconnu')
  const broken = await after(page, 'Chercher les documents', () => press('Accéder en bris de glace'))
  t.equal(broken.status, 200)
  t.equal((await documentTitles(page, 3)).length, 3, 'what was there appears')
  t.match(
    await page.locator('.mode-now').textContent(),
    /bris de glace.*Patiente inconsciente.*médecin traitant/s,
  )
  const decision = page.locator('.step').first().locator('.decision')
  await decision.locator('summary .badge').first().waitFor()
  await decision.locator('summary').first().click()
  t.match(await decision.textContent(), /permis.*A8.*admet/s)
  const headers = page.locator('.step').first().locator('details', { hasText: 'Requête' }).last()
  t.match(await headers.textContent(), /DMP-Mode-Acces: bris_de_glace/)
  t.match(await headers.textContent(), /Bearer \$TOKEN/)
  await visit.picture('try-glass')

  await be('patient')
  await look()
  await after(page, 'Consulter le document', () => page.locator('[data-document] button').nth(2).click())
  const masked = await after(page, 'Masquer aux professionnels', () => press('Masquer aux professionnels'))
  t.equal(masked.status, 200)
  await page.locator('#found', { hasText: 'masqué aux professionnels' }).waitFor()

  await be('nurse')
  await look()
  t.same(
    await documentTitles(page, 1),
    ['Compte rendu de consultation'],
    'masked, or of a type she does not read: absent',
  )
  await be('author')
  t.equal((await look()).status, 403, 'the author alone may not search')
  await be('gp')
  await look()
  t.equal((await documentTitles(page, 3)).length, 3, 'the médecin traitant sees it (A11)')

  await be('hearingAidMaker')
  t.equal(
    (await after(page, 'Me déclarer autorisé', () => press('Me déclarer autorisé (TD0.3)'))).status,
    201,
  )
  await look()
  t.match(await page.locator('#found').textContent(), /Aucun document.*n’existe pas pour lui/s)
  await be('patient')
  t.equal((await after(page, 'Bloquer', () => press('Bloquer'))).status, 201)
  await be('hearingAidMaker')
  t.match((await look()).text, /professionnel-bloque A3/)
  await be('patient')
  t.equal((await after(page, '· Débloquer', () => press('Débloquer'))).status, 200)
  t.equal((await after(page, 'S’opposer', () => press('S’opposer au bris de glace'))).status, 201)
  await be('emergencyDoctor')
  await press('Bris de glace…')
  const opposed = await after(page, 'Chercher les documents', () => press('Accéder en bris de glace'))
  t.match(opposed.text, /opposition-bris-de-glace A7/)
  await be('regulator')
  t.equal((await after(page, 'Chercher les documents', () => press('Passer en centre 15'))).status, 200)
  await be('aidant')
  t.match((await look()).text, /representation-absente P2/, 'nobody named them')
  await be('patient')
  t.equal((await after(page, 'Désigner l’aidant', () => press('Désigner l’aidant (patient)'))).status, 201)
  await be('administration')
  const named = await after(page, 'Inscrire', () => press('Inscrire le représentant légal (administration)'))
  t.equal(named.status, 201)
  await be('representative')
  t.equal((await look()).status, 200)
  await be('gp')
  await look()
  await after(page, 'Consulter le document', () => page.locator('[data-document] button').first().click())
  t.equal((await after(page, 'Archiver', () => press('Archiver'))).status, 200)
  await page.locator('#total', { hasText: '2' }).waitFor()
  await after(page, 'Consulter le document', () => page.locator('[data-document] button').first().click())
  t.equal((await after(page, 'Supprimer', () => press('Supprimer'))).status, 200)
  await page.locator('#total', { hasText: 'Un document' }).waitFor()

  await t.test('the curl is whole, and holds no token', async (t) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    const step = page.locator('.step').first()
    await step.locator('summary', { hasText: 'Requête' }).click()
    await step.getByRole('button', { name: 'Copier comme curl' }).click()
    await step.getByText('Copié').waitFor()
    const copied = String(await page.evaluate('navigator.clipboard.readText()'))
    t.match(copied, /^curl -s -i '?http:\/\/127\.0\.0\.1/)
    t.match(copied, '"Authorization: Bearer $TOKEN"')
  })
  await leftBehind(t, visit)
  t.same(await visit.axe(), [], 'accessible after all this')
  t.same(await unforeseen(visit), [])
  await visit.picture('try-end', true)
  await whoSawWhat(t, visit)
}

/** No token, and no matricule where it would be kept or logged. */
async function leftBehind(t: Tap, { page, requests }: Visit): Promise<void> {
  t.ok(requests.length > 50)
  t.same(
    requests.filter((url) => insPattern.test(url.replace(/^blob:.*/, '')) || url.includes('eyJ')),
    [],
    'no address names a patient or a token',
  )
  t.notMatch(page.url(), insPattern)
  t.equal(await page.evaluate('localStorage.length + document.cookie.length'), 0)
  t.same(await page.evaluate('caches.keys().then((keys) => keys.length)'), 0)
  t.notMatch(
    String(await page.evaluate('JSON.stringify(sessionStorage)')),
    /eyJ/,
    'the tab keeps records, not tokens',
  )
  t.notMatch(
    String(await page.evaluate('document.documentElement.outerHTML')),
    /eyJ[A-Za-z0-9_-]{20}/,
    'no token is shown',
  )
}

async function whoSawWhat(t: Tap, visit: Visit): Promise<void> {
  const { page } = visit
  await page.goto(`${origin}/console/traces`)
  await page.getByRole('button', { name: 'Voir qui est venu' }).click()
  await page.locator('.access').first().waitFor()
  const all = await page.locator('.access').count()
  const told = (await page.locator('#list').textContent()) ?? ''
  t.match(
    told,
    /Dr Loïc Hamon a regardé la liste des documents.*Motif donné : « Patiente inconsciente, traitement inconnu »/s,
  )
  t.match(told, /M\. Ronan Tanguy a voulu regarder la liste/)
  t.match(told, /Vous avez lu « Lettre de liaison/)
  t.notMatch(told, /explication/, 'what the page itself asks beside is left out')
  const emergency = page.locator('.access.emergency', { hasText: 'Hamon' }).first()
  t.match(await emergency.textContent(), 'URGENCE', 'in words')
  t.match(await page.locator('#may').textContent(), /Kerjean.*autorisé/s)
  t.match(await page.locator('#may').textContent(), /médecin traitant/)
  const row = page.locator('#came tr', { hasText: 'Hamon' })
  t.match(await row.textContent(), '⚠')

  await page.locator('#mode').selectOption('bris_de_glace')
  const inEmergency = await page.locator('.access').count()
  t.ok(inEmergency > 0 && inEmergency < all)
  await page.locator('#refused').check()
  t.ok((await page.locator('.access').count()) < inEmergency)
  await page.locator('#refused').uncheck()
  await page.locator('#mode').selectOption('')
  await page.locator('#explanations').check()
  t.ok((await page.locator('.access').count()) > all)
  await page.locator('summary', { hasText: 'Les mêmes nombres' }).click()
  const today = page.locator('#chart tbody tr').first()
  const numbers = (await today.locator('td').allTextContents()).map(Number)
  t.equal(
    numbers.reduce((sum, number) => sum + number, 0),
    await page.locator('.access').count(),
    'the chart counts the list',
  )
  t.same(await visit.axe(), [], 'accessible')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Télécharger le tableau (CSV)' }).click(),
  ])
  const csv = readFileSync(await download.path(), 'utf8')
  t.match(csv, /^\uFEFF"Date et heure \(Paris\)"/)
  t.match(csv, 'Bris de glace')
  await page.locator('#reader').selectOption('aidant')
  await page.getByRole('button', { name: 'Voir qui est venu' }).click()
  await page.locator('#said', { hasText: 'Le serveur refuse' }).waitFor()
  t.notOk(await page.locator('#shown').isVisible())
  t.same(await unforeseen(visit), [])
  await visit.picture('traces-end', true)
}

async function keyboard(t: Tap, browser: TestBrowser): Promise<void> {
  await using visit = await tryPage(browser, { language: 'en-GB', width: 320, height: 800, dark: true })
  const { page } = visit
  const until = async (id: string): Promise<void> => {
    for (let presses = 0; presses < 60; presses++) {
      if ((await page.evaluate('document.activeElement.id')) === id) return
      await page.keyboard.press('Tab')
    }
    t.fail(`the keyboard does not reach ${id}`)
  }
  await until('make')
  await page.keyboard.press('Enter')
  await page.locator('[data-document]').nth(2).waitFor()
  await page.locator('#role').focus()
  await page.keyboard.type('Dr Loïc')
  await page.keyboard.press('Tab')
  t.match(await page.locator('#about').textContent(), /breaks the glass/)
  await until('break')
  await page.keyboard.press('Enter')
  t.equal(await page.evaluate('document.activeElement.id'), 'motive')
  t.same(await visit.axe('#glass'), [], 'the dialogue is accessible')
  await page.keyboard.press('Escape')
  t.equal(await page.evaluate('document.activeElement.id'), 'break', 'Escape leads back')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  const broken = await after(page, 'Search the documents', () => page.keyboard.press('Enter'))
  t.equal(broken.status, 200)
  await page.locator('[data-document] button').nth(2).focus()
  await after(page, 'Retrieve the document', () => page.keyboard.press('Enter'))
  await page.locator('.cda').waitFor()
  t.equal(
    await page.evaluate('document.activeElement.id'),
    'opened-heading',
    'the reader is led to the document',
  )
  t.match(await page.locator('#live').textContent(), 'Retrieve the document (ITI-68): 200')
  t.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0, 'nothing sideways')
  t.same(await visit.axe(), [], 'accessible')
  await visit.picture('try-narrow', true)
  await page.goto(`${origin}/console/traces`)
  await page.locator('#record').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Show who came' }).focus()
  await page.keyboard.press('Enter')
  await page.locator('.access').first().waitFor()
  t.match(await page.locator('#list').textContent(), /Dr Loïc Hamon read “Lettre de liaison/)
  t.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0, 'nothing sideways')
  t.same(await visit.axe(), [], 'accessible')
  await visit.picture('traces-narrow', true)
  t.same(await unforeseen(visit), [])
}

/** Opens the first document with these bytes instead of its own: what no server would have admitted, too. */
async function shown(page: Page, body: string | Buffer, contentType = 'text/xml'): Promise<string> {
  await page.unrouteAll()
  await page.route('**/fhir/Binary/**', (route) => route.fulfill({ body, contentType, status: 200 }))
  await after(page, 'Consulter le document', () => page.locator('[data-document] button').first().click())
  await page.locator('#opened .content > :first-child').waitFor()
  return (await page.locator('#opened .content').textContent()) ?? ''
}

const cda = (narrative: string, head = '', more = ''): string =>
  `${head}<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:h="http://www.w3.org/1999/xhtml"><title>Lettre &lt;b&gt;</title>
<component><structuredBody><component><section><title>Section</title><text>${narrative}</text>${more}</section></component></structuredBody></component></ClinicalDocument>`

async function hostileDocuments(t: Tap, browser: TestBrowser): Promise<void> {
  await using visit = await tryPage(browser)
  const { page, requests } = visit
  await makeRecord(page)
  await page.evaluate('globalThis.harmed = []')
  const before = requests.length

  const narrative = `<paragraph onclick="harmed.push(1)" style="position:fixed;inset:0">Avant</paragraph>
    <script>harmed.push('script')</script><h:script>harmed.push('xhtml')</h:script><h:img src="https://evil.example/a.png" onerror="harmed.push(2)"/>
    <h:iframe src="https://evil.example/"/><h:style>*{display:none}</h:style><h:base href="https://evil.example/"/>
    <linkHtml href="javascript:harmed.push('link')">lien un</linkHtml> <linkHtml href="data:text/html,x">lien deux</linkHtml>
    <linkHtml href="https://example.org/a" onclick="harmed.push(3)">lien sain</linkHtml> <linkHtml href="https://user:pw@evil.example/">lien trois</linkHtml>
    <renderMultiMedia referencedObject="far"/><renderMultiMedia referencedObject="liar"/><renderMultiMedia referencedObject="svg"/>
    <table onmouseover="harmed.push(4)"><tbody><tr><td colspan="99999" rowspan="-3">Cellule</td></tr></tbody></table>
    <content styleCode="Bold x&quot; onload=&quot;y">gras</content> &lt;img src=x onerror=harmed.push(5)&gt;`
  const media = (id: string, type: string, value: string): string =>
    `<entry><observationMedia ID="${id}"><value mediaType="${type}" ${value}</value></observationMedia></entry>`
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="harmed.push(6)"/>').toString(
    'base64',
  )
  const entries = [
    media('far', 'image/png', '><reference value="https://evil.example/b.png"/>'),
    media('liar', 'image/png', `representation="B64">${Buffer.from('<html>').toString('base64')}`),
    media('svg', 'image/svg+xml', `representation="B64">${svg}`),
  ]
  const told = await shown(
    page,
    cda(narrative, '<?xml-stylesheet href="https://evil.example/x.xsl" type="text/xsl"?>', entries.join('')),
  )
  for (const words of [
    'Avant',
    "harmed.push('script')",
    'lien un',
    'Cellule',
    '<img src=x onerror=harmed.push(5)>',
    'image absente',
  ])
    t.ok(told.includes(words), `as text: ${words}`)
  const inside = page.locator('.cda')
  t.equal(await inside.locator('script, iframe, img, style, base, object, embed, form').count(), 0)
  t.same(await inside.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))), [
    'https://example.org/a',
  ])
  t.match(await inside.locator('a').getAttribute('rel'), /noopener noreferrer/)
  t.equal(await inside.locator('td').getAttribute('colspan'), '100', 'a span is bounded')
  const attributes = await inside.evaluate((root) =>
    [...root.querySelectorAll('*')]
      .flatMap((each) => each.getAttributeNames())
      .filter((name) => /^on|^style$|^src$/.test(name)),
  )
  t.same(attributes, [])
  await inside.locator('.cda-paragraph').first().click()
  await inside.locator('table').hover()
  t.same(await visit.axe('.cda'), [])

  const bomb = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY e SYSTEM "https://evil.example/e">]>`
  t.match(await shown(page, cda('<paragraph>&b;&e;</paragraph>', bomb)), /DOCTYPE/)
  t.match(await shown(page, '<a><b></a>'), /bien formé/)
  t.match(await shown(page, Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0xfe, 0xfd])), /bien formé/)
  t.match(await shown(page, '<other xmlns="urn:x"><script>1</script>texte</other>'), /pas un CDA.*texte/s)
  const started = performance.now()
  const deep = await shown(page, cda(`${'<content>'.repeat(3_000)}fond${'</content>'.repeat(3_000)}`))
  t.match(deep, /trop grand|bien formé/, 'too deep')
  const rows = '<tr><td>cellule</td><td>cellule</td></tr>'.repeat(115_000)
  t.match(
    await shown(page, cda(`<table><tbody>${rows}</tbody></table>`)),
    /trop grand pour être affiché en entier/,
  )
  t.ok((await page.locator('.cda *').count()) < 60_000, 'five megabytes become a bounded page')
  t.match(await shown(page, cda(`<paragraph>${'x'.repeat(2_100_000)}</paragraph>`)), /trop grand/)
  t.ok(performance.now() - started < 60_000, 'and do not hang it')
  const image = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'
  await shown(
    page,
    cda(
      '<renderMultiMedia referencedObject="dot"/>',
      '',
      media('dot', 'image/gif', `representation="B64">${image}`),
    ),
  )
  t.match(
    await page.locator('.cda img').getAttribute('src'),
    /^data:image\/gif;base64,/,
    'an image of its own is shown',
  )

  t.comment('other types')
  t.match(
    await shown(page, '<html><script>harmed.push(7)</script>', 'application/pdf'),
    /pas du type annoncé/,
  )
  t.match(await shown(page, '<html><script>harmed.push(8)</script>', 'text/html'), /n’est pas affiché/)
  t.match(await shown(page, 'ligne <b>une</b>', 'text/plain'), /ligne <b>une<\/b>/)
  await shown(page, Buffer.from(image, 'base64'), 'image/gif')
  t.equal(await page.locator('img.scan').count(), 1)
  t.same(await page.evaluate('harmed'), [], 'nothing was executed')
  const asked = requests
    .slice(before)
    .filter((url) => !url.startsWith(origin) && !/^(?:data|blob):/.test(url))
  t.same(asked, [], 'nothing was loaded')
  // XHTML within a CDA is refused by the policy while it is parsed, in a document that is never shown: the second lock.
  const refusedWhileParsed =
    /violates the following Content Security|^(?:script-src-attr|style-src-(?:elem|attr)|base-uri) refuses /
  const faults = await unforeseen(visit)
  t.same(
    faults.filter((fault) => !refusedWhileParsed.test(fault)),
    [],
  )
}

async function hostileMetadata(t: Tap, browser: TestBrowser): Promise<void> {
  await using visit = await tryPage(browser)
  const { page } = visit
  await makeRecord(page)
  const hostile = `<img src=x onerror="globalThis.harmed=1"><script>1</script>'"&`
  await page.route('**/fhir/DocumentReference?**', async (route) => {
    const isNext = route.request().url().includes('_cursor')
    const response = await route.fetch(
      isNext
        ? {
            url: route
              .request()
              .url()
              .replace(/&_cursor=x/, ''),
          }
        : {},
    )
    const bundle = JSON.parse(await response.text())
    for (const { resource } of bundle.entry ?? []) {
      resource.content[0].attachment.title = hostile
      resource.description = hostile
      for (const each of resource.contained ?? [])
        if (each.name && typeof each.name === 'string') each.name = hostile
      resource.author = [{ display: hostile }]
      resource.type = { coding: [{ system: 'urn:x', code: hostile, display: hostile }] }
    }
    bundle.total = 6
    if (!isNext)
      bundle.link.push({
        relation: 'next',
        url: `https://public.example/base${new URL(route.request().url()).pathname}${new URL(route.request().url()).search}&_cursor=x`,
      })
    await route.fulfill({ response, body: JSON.stringify(bundle) })
  })
  await after(page, 'Chercher les documents', () =>
    page.getByRole('button', { name: 'Voir les documents' }).click(),
  )
  t.same(await documentTitles(page, 3), [hostile, hostile, hostile], 'words, and no markup')
  t.equal(await page.locator('main img, main script').count(), 0)
  await after(page, 'Page suivante', () => page.locator('#more').click())
  t.equal(
    (await documentTitles(page, 6)).length,
    6,
    'the next page is asked of this server, whatever name its link has',
  )
  await after(page, 'Consulter le document', () => page.locator('[data-document] button').first().click())
  t.equal(await page.locator('#opened-heading').textContent(), hostile)
  t.equal(await page.evaluate('globalThis.harmed'), undefined)
  t.same(await unforeseen(visit), [])
}

/** Files of the ANS beside the checkout. What each must show, by words of its own. */
const examples: Readonly<Record<string, RegExp>> = {
  'BIO-CR-BIO_2024.01_TSH_1.xml': /TSH/,
  'DOC_NON_STRUCTURE_CDA-R2-N1.xml': /PAT/,
  'LDL-SES_2022.01.xml': /sortie/i,
  'VAC_2023.01.xml': /vaccin/i,
  'VSM_1.4_2022.01.xml': /allergies/i,
}

async function publishedExamples(t: Tap, browser: TestBrowser): Promise<void> {
  const present = Object.entries(examples).flatMap(([name, words]) => {
    const path = sharedData(`cda/${name}`)
    return path === undefined ? [] : [{ name, words, path }]
  })
  if (present.length === 0)
    return void t.pass('none here', { skip: 'the reference data is not beside this checkout' })
  await using visit = await tryPage(browser)
  const { page } = visit
  await makeRecord(page)
  for (const { name, words, path } of present) {
    const told = await shown(page, readFileSync(path))
    t.match(told, words, name)
    t.match(told, /né\(e\) le|matricule INS/, `${name}: of whom it is`)
    t.notMatch(told, /trop grand/, `${name}: whole`)
    const isFile = name.startsWith('DOC_NON')
    t.equal(await page.locator('.cda iframe.pdf').count(), isFile ? 1 : 0, name)
    if (!isFile) t.ok((await page.locator('.cda section').count()) > 0, `${name}: sections`)
    t.same(await visit.axe('.cda'), [], `${name}: accessible`)
    await visit.picture(`cda-${name.slice(0, 8)}`)
  }
  t.same(await unforeseen(visit), [])
}
