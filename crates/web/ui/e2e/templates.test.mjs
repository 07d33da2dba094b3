// A customer on WhatsApp who may not be written to freely any more: an approved template goes instead.
// No setting leads to another Graph API, so what WhatsApp tells and takes is answered in the browser.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { axe, Desk, focused, missing, PERSIAN_DARK, Product, soon, words } from './kit.mjs'

const skip = missing() ?? false
const SECRET = 'the secret of the app'
let product, desk, number
before(async () => {
  if (skip) return
  product = await Product.start()
  desk = await Desk.open()
  number = await written(30)
})
after(async () => {
  await desk?.close()
  await product?.stop()
})

/** A ticket of a customer who wrote so many hours ago, as WhatsApp tells of it. */
async function written(ago) {
  const inbox = await product.call('POST', '/inboxes', {
    channel: 'chat',
    address: 'shop',
    name: 'The shop',
  })
  const { hook } = await product.call('PUT', `/inboxes/${inbox.id}/channel`, {
    kind: 'whatsapp',
    settings: { phone_number_id: '330044005500' },
    secrets: { app_secret: [SECRET], verify_token: ['hello'] },
  })
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '4915700000001', phone_number_id: '330044005500' },
    contacts: [{ profile: { name: 'Elif Kaya' }, wa_id: '905321112233' }],
    messages: [
      {
        from: '905321112233',
        id: 'wamid.1',
        timestamp: String(Math.floor(Date.now() / 1000) - ago * 3600),
        type: 'text',
        text: { body: 'Siparişim nerede?' },
      },
    ],
  }
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [{ field: 'messages', value }] }],
  })
  const signature = createHmac('sha256', SECRET).update(body).digest('hex')
  const headers = {
    'Content-Type': 'application/json',
    'X-Hub-Signature-256': `sha256=${signature}`,
  }
  assert.equal((await fetch(product.base + hook, { method: 'POST', headers, body })).status, 200)
  return soon(async () => {
    const { items } = await product.call('GET', '/tickets?limit=100')
    const found = items.find((it) => it.inbox === inbox.id)
    assert.ok(found)
    return found.number
  })
}

const template = (more) => ({
  language: 'en_US',
  title: null,
  category: 'UTILITY',
  header: null,
  footer: null,
  buttons: [],
  parameters: [],
  usable: true,
  unusable_because: null,
  ...more,
})
const place = (part, name, example, button = null) => ({ part, button, name, example })
const TEMPLATES = [
  template({ name: 'picture', body: 'Look', usable: false, unusable_because: 'it has a picture' }),
  template({
    name: 'order_late',
    header: 'Order {{1}}',
    body: 'Dear {{1}}, it comes on {{2}}.',
    parameters: [
      place('header', '1', '4417'),
      place('body', '1', 'Elif'),
      place('body', '2', 'Friday'),
    ],
  }),
  ...['a', 'b', 'c', 'd', 'e'].map((name) => template({ name, body: `The words of ${name}` })),
]

/** Answers for WhatsApp; the first that is sent gets no answer. */
async function whatsApp(page) {
  const sent = []
  await page.route('**/api/v1/inboxes/*/templates?*', (route) =>
    route.fulfill({
      json: { items: TEMPLATES, next_cursor: null, asked_at: '2026-11-23T09:00:00Z' },
    }),
  )
  await page.route('**/api/v1/tickets/*/replies', async (route) => {
    const request = route.request()
    sent.push({ key: await request.headerValue('idempotency-key'), ...request.postDataJSON() })
    if (sent.length === 1) await route.abort()
    else await route.fulfill({ status: 201, json: {} })
  })
  return sent
}

test('a template is found, filled in and sent once, all by keys', { skip }, async () => {
  const page = await desk.person(product, { path: `/inbox/all/${number}` })
  const sent = await whatsApp(page)
  const say = words('en', 'composer').templates
  const offer = page.getByRole('button', { name: say.offer })
  await offer.focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /order_late/ }).waitFor()
  await soon(async () => assert.equal((await focused(page)).name, say.search))
  assert.deepEqual(await axe(page), [])
  const unusable = dialog.getByRole('button', { name: /picture/ })
  assert.ok(await unusable.isDisabled())

  await page.keyboard.type('order')
  await dialog.getByText('The words of a').waitFor({ state: 'detached' })
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  const fields = dialog.locator('form input')
  await soon(async () => assert.match((await focused(page)).name, /1$/))
  // Without words nothing goes, and one is led to the first place that has none.
  await page.keyboard.type('4417')
  await page.keyboard.press('Enter')
  await soon(async () =>
    assert.ok(await fields.nth(1).evaluate((it) => it === document.activeElement)),
  )
  assert.equal(sent.length, 0)
  await page.keyboard.type('Elif')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Friday')
  await dialog.getByText('Dear Elif, it comes on Friday.').waitFor()
  assert.deepEqual(await axe(page), [])

  await page.keyboard.press('Enter')
  await dialog.getByRole('alert').getByText('cannot be reached').waitFor()
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  const said = { name: 'order_late', language: 'en_US', parameters: ['4417', 'Elif', 'Friday'] }
  assert.deepEqual(
    sent.map((it) => it.template),
    [said, said],
  )
  assert.equal(sent[0].key, sent[1].key, 'the same words go by the same key')
  await soon(async () => assert.equal((await focused(page)).name, say.offer))
  assert.deepEqual(page.wrong, [])
})

test(
  'an inbox without an account says who can mend it, in Persian on a telephone',
  { skip },
  async () => {
    const page = await desk.person(product, {
      path: `/inbox/all/${number}`,
      viewport: { width: 390, height: 844 },
      ...PERSIAN_DARK,
    })
    const say = words('fa', 'composer').templates
    await page.getByRole('button', { name: say.offer }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(say.noAccount).waitFor()
    assert.deepEqual(await axe(page), [])
    await dialog.getByRole('link', { name: say.setUp }).click()
    await page.waitForURL(/\/admin\/inboxes\/\w+\/connection$/)
    assert.deepEqual(page.wrong, [])
  },
)

test(
  'the panel of the customer covers a telephone, and can be left by touch',
  { skip },
  async () => {
    const page = await desk.person(product, {
      path: `/inbox/all/${number}`,
      viewport: { width: 360, height: 740 },
      hasTouch: true,
    })
    const panel = page.getByRole('button', { name: 'Customer panel' })
    await panel.tap()
    const drawer = page.getByRole('dialog')
    await drawer.getByRole('link', { name: 'Elif Kaya' }).waitFor()
    assert.deepEqual(await axe(page), [])
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360)
    await drawer.getByRole('button', { name: 'Close' }).tap()
    await drawer.waitFor({ state: 'detached' })
    assert.deepEqual(page.wrong, [])
  },
)
