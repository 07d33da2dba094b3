// The mapping of a webhook: written beside what came, tried on it at once, told where it is wrong.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newSecret, post } from './hooks.mjs'
import { axe, Desk, missing, PERSIAN_DARK, Product, soon, words } from './kit.mjs'

const skip = missing() ?? false
const SECRET = newSecret()
/** Nothing in it has one of the usual names. */
const CAME = {
  ticket: 7001,
  said: {
    by: { mail: 'elif@example.com', called: 'Elif Kaya' },
    words: 'Kargom nerede?',
    nr: 'm-1',
  },
  access_token: 'not to be shown',
}
const MAPPING = {
  id: '/said/nr',
  conversation: '/ticket',
  text: '/said/words',
  name: '/said/by/called',
  subject: '/said/about',
  hints: [{ kind: 'email', path: '/said/by/mail' }],
}
const say = words('en', 'admin-mapping').mapping
let product, desk, inbox, path
before(async () => {
  if (skip) return
  product = await Product.start()
  await product.call('DELETE', '/demo')
  inbox = await product.call('POST', '/inboxes', {
    channel: 'chat',
    address: 'shop',
    name: 'Shop chat',
  })
  await product.call('PUT', `/inboxes/${inbox.id}/channel`, {
    kind: 'webhook',
    settings: { scheme: 'standard_webhooks', reply_url: 'https://shop.example/replies' },
    secrets: { secret: [SECRET] },
  })
  path = `/admin/inboxes/${inbox.id}/mapping`
  desk = await Desk.open()
})
after(async () => {
  await desk?.close()
  await product?.stop()
})

const button = (page, name) => page.getByRole('button', { name, exact: true })
const field = (page) => page.getByLabel(say.label, { exact: true })
const trial = (page) => page.locator('[data-test=trial]')
/** The cells of the row that tells what a field found. */
const found = (page, name) =>
  trial(page)
    .getByRole('row')
    .filter({ has: page.getByText(name, { exact: true }) })
    .first()
const account = () => product.call('GET', `/inboxes/${inbox.id}/channel`)

test('before anything came a sample of one’s own is tried', { skip }, async () => {
  const page = await desk.person(product, { path: `/admin/inboxes/${inbox.id}` })
  await page.getByRole('link', { name: say.title, exact: true }).click()
  await page.getByText(say.empty).waitFor()
  assert.equal(await trial(page).count(), 0)
  const sample = page.getByLabel(say.sample)
  await sample.fill('{ "text": "Hello" ')
  await page.getByText(/Line 1, column 19/).waitFor()
  await sample.fill('[{ "words": "One" }, { "words": "Two" }]')
  await field(page).fill('{ "each": "", "text": "/words" }')
  await page.getByText('2 events', { exact: true }).waitFor()
  await trial(page).getByText('Event 2', { exact: true }).waitFor()
  assert.match(await trial(page).textContent(), /One.*Two/s)
  assert.deepEqual(await axe(page), [])
  assert.deepEqual((await product.call('GET', '/deliveries')).items, [], 'the sample was stored')
  assert.deepEqual(page.wrong, [])
})

test('a mapping is tried on what came, and saved', { skip }, async () => {
  const { hook } = await account()
  assert.equal((await post(product.base + hook, SECRET, 'd-1', CAME)).status, 200)
  const page = await desk.person(product, { path })
  const payload = page.locator('[data-test=payload]')
  await payload.getByText('"words": "Kargom nerede?"').waitFor()
  assert.ok(!(await page.content()).includes('not to be shown'), 'a secret is on the page')
  // By the usual names nothing is found in it.
  await trial(page).getByText(say.happened.unknown, { exact: true }).waitFor()
  await found(page, 'text').getByText(say.outcome.missing).waitFor()

  // What is no JSON is told with its line; the place is a way into the text.
  await field(page).fill('{\n  "text": "/said/words",\n}')
  const place = button(page, 'Line 3, column 1')
  await place.waitFor()
  assert.ok(await button(page, say.save).isDisabled(), 'what is no JSON can be saved')
  await place.click()
  const chosen = await field(page).evaluate((it) => [it.selectionStart, it.selectionEnd])
  assert.deepEqual(chosen, [27, 28])
  assert.ok(await field(page).evaluate((it) => it === document.activeElement))

  // What is no mapping is told with the name of its place, too.
  const wrong = { ...MAPPING, hints: [{ kind: 'external', path: '/said/by/mail' }] }
  await field(page).fill(JSON.stringify(wrong, null, 2))
  await page.getByText('hints[0].scope', { exact: true }).waitFor()
  await button(page, 'Line 8, column 5').click()
  const text = await field(page).evaluate((it) =>
    it.value.slice(it.selectionStart, it.selectionEnd),
  )
  assert.match(text, /^\{\s+"kind": "external"[^}]+\}$/)
  assert.ok(await button(page, say.save).isDisabled(), 'what is refused can be saved')
  assert.deepEqual(await axe(page), [])

  await field(page).fill(JSON.stringify(MAPPING, null, 2))
  await trial(page).getByText(say.happened.message, { exact: true }).waitFor()
  await trial(page).getByText('Kargom nerede?', { exact: true }).first().waitFor()
  await trial(page).getByText('Elif Kaya · customer').waitFor()
  await trial(page).getByText('elif@example.com', { exact: true }).first().waitFor()
  await found(page, 'text').getByText('/said/words', { exact: true }).waitFor()
  await found(page, 'subject').getByText(say.outcome.missing).waitFor()
  const taken = payload.locator('div', { hasText: 'Kargom nerede?' })
  await taken.getByText('text', { exact: true }).waitFor()
  assert.deepEqual((await account()).settings.mapping, undefined, 'it was saved by trying')
  await button(page, say.save).click()
  await page.getByText('Saved', { exact: true }).waitFor()
  const { settings, secrets } = await account()
  assert.deepEqual(settings, {
    scheme: 'standard_webhooks',
    reply_url: 'https://shop.example/replies',
    mapping: MAPPING,
  })
  assert.deepEqual(secrets, { secret: 1 }, 'the secret went')
  await page.getByText(say.unsaved).waitFor({ state: 'hidden' })

  // What comes from now on is read by it.
  const said = { ...CAME, said: { ...CAME.said, nr: 'm-2', words: 'Hâlâ gelmedi.' } }
  assert.equal((await post(product.base + hook, SECRET, 'd-2', said)).status, 200)
  await soon(async () => {
    const { items } = await product.call('GET', '/customers?email=elif@example.com')
    assert.deepEqual(
      items.map((it) => it.name),
      ['Elif Kaya'],
    )
  }, 30_000)

  // The other form of the settings has what was saved here, and can be saved after it.
  await page.getByRole('link', { name: 'Connection', exact: true }).click()
  const { webhook } = words('en', 'admin-registry').registry
  const other = page.getByLabel(webhook.mapping.label, { exact: false }).first()
  await soon(async () => assert.deepEqual(JSON.parse(await other.inputValue()), MAPPING))
  await other.fill(JSON.stringify({ ...MAPPING, language: '/said/lang' }))
  await button(page, 'Save').click()
  await page.getByText('Saved', { exact: true }).last().waitFor()
  await soon(async () => assert.equal((await account()).settings.mapping.language, '/said/lang'))
  await page.getByRole('link', { name: say.open }).click()
  await soon(async () => assert.match(await field(page).inputValue(), /"language"/))
  assert.deepEqual(page.wrong, [])
})

test('what is not JSON is told as it is, and the page is whole in Persian', { skip }, async () => {
  const { hook } = await account()
  const page = await desk.person(product, { path, ...PERSIAN_DARK })
  const fa = words('fa', 'admin-mapping').mapping
  await page.getByLabel(fa.label, { exact: true }).waitFor()
  await trial(page).getByText(fa.happened.message, { exact: true }).waitFor()
  assert.deepEqual(await axe(page), [])
  const [newest, older] = (await product.call('GET', `/deliveries?inbox=${inbox.id}`)).items
  await page.getByLabel(fa.delivery, { exact: true }).selectOption(older.id)
  await page.locator('[data-test=payload]').getByText('Kargom nerede?').waitFor()
  assert.equal(new URL(page.url()).searchParams.get('delivery'), older.id)
  await page.reload()
  await page.locator('[data-test=payload]').getByText('Kargom nerede?').waitFor()
  assert.notEqual(newest.id, older.id)

  assert.equal((await post(product.base + hook, SECRET, 'd-3', 'no JSON at all')).status, 200)
  await soon(async () => {
    const { items } = await product.call('GET', `/deliveries?inbox=${inbox.id}`)
    assert.equal(items[0].outcome, 'quarantined')
  }, 30_000)
  await page.goto(path)
  await page.getByRole('alert').getByText('it is no JSON').waitFor()
  assert.equal(await trial(page).count(), 0)
  assert.deepEqual(await axe(page), [])
  assert.deepEqual(page.wrong, [])
})
