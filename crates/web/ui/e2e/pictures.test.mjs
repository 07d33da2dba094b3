// The main pages in every look: nothing breaks the policy, axe finds nothing, and the pictures of
// docs/pictures are made here, so that they are true: PICTURES=../../../docs/pictures npm run e2e
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { axe, Desk, missing, Product, soon } from './kit.mjs'

const skip = missing() ?? false
const folder = process.env.PICTURES
let product, desk, paths
before(async () => {
  if (skip) return
  if (folder) mkdirSync(folder, { recursive: true })
  product = await Product.start()
  desk = await Desk.open()
  paths = await story()
})
after(async () => {
  await desk?.close()
  await product?.stop()
})

/** One customer who ordered, rated and wrote; her ticket is what the pictures show. */
async function story() {
  const customer = { email: 'elif.kaya@example.com', name: 'Elif Kaya' }
  const asked = await product.call('POST', '/tickets', {
    subject: 'Siparişim eksik geldi',
    body: 'Merhaba, TR-4417 numaralı siparişimde iki ürün eksik. Telefonum +90 532 123 45 67.',
    customer,
    priority: 'high',
  })
  const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString()
  const about = { customer: asked.customer }
  const events = [
    {
      ...about,
      type: 'order.placed',
      key: 'o1',
      occurred_at: ago(4300),
      data: { number: 'TR-4417', total: { amount: 1250, currency: 'TRY' } },
    },
    {
      ...about,
      type: 'order.shipped',
      key: 'o2',
      occurred_at: ago(3000),
      data: { number: 'TR-4417', carrier: 'Yurtiçi Kargo' },
    },
    {
      ...about,
      type: 'review.posted',
      key: 'r1',
      occurred_at: ago(1500),
      data: { rating: 4, out_of: 5, product: 'Çay seti', text: 'Hızlı kargo, teşekkürler.' },
    },
  ]
  const scopes = ['events:write', 'customers:read', 'customers:write']
  const { key } = await product.call('POST', '/api-keys', { name: 'Çaycı Shop', scopes })
  const admin = product.token
  product.token = key
  const { items } = await product.call('POST', '/events', { events })
  product.token = admin
  assert.deepEqual(
    items.map((it) => it.status),
    ['stored', 'stored', 'stored'],
  )
  const me = await product.call('GET', '/me')
  await product.call('PATCH', `/tickets/${asked.id}`, { assignee_agent: me.id })
  await product.call('POST', `/tickets/${asked.id}/notes`, {
    body: 'Depo eksik ürünleri bugün gönderiyor.',
  })
  await product.call('POST', `/tickets/${asked.id}/replies`, {
    body: 'Merhaba Elif Hanım, eksik ürünler bugün yola çıkıyor.',
  })
  return {
    inbox: `/inbox/open/${asked.number}`,
    list: '/inbox/open',
    customer: `/customers/${asked.customer}`,
    customers: '/customers',
    admin: '/admin/inboxes',
  }
}

const LOOKS = {
  'english-light': {},
  'english-dark': { theme: 'dark' },
  turkish: { locale: 'tr' },
  'persian-dark': { locale: 'fa', theme: 'dark' },
  narrow: { viewport: { width: 390, height: 844 } },
}

for (const [look, options] of Object.entries(LOOKS)) {
  test(`the pages hold in ${look}`, { skip }, async () => {
    const page = await desk.person(product, { path: paths.inbox, ...options })
    const found = []
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(path)
      await page.locator('main').first().waitFor()
      await page.waitForLoadState('networkidle').catch(() => undefined)
      await page.waitForTimeout(500)
      found.push(...(await axe(page)).map((it) => `${name}: ${it}`))
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (wide > 0) found.push(`${name}: ${wide} px wider than the window`)
      if (folder) await page.screenshot({ path: `${folder}/${look}-${name}.png` })
    }
    assert.deepEqual(found, [])
    assert.deepEqual(page.wrong, [])
    await page.context().close()
  })
}

test(
  'in Persian what is long is cut at its end, and what is counted is in Persian',
  { skip },
  async () => {
    const customer = { email: 'sahar@example.com', name: 'سحر مرادی' }
    const first = await product.ticket('سؤال', 'سلام', customer)
    await product.ticket(
      'کد تخفیف برای سفارش بعدی که هنوز نرسیده و باید دوباره پیگیری شود',
      'سلام دوباره',
      customer,
    )
    const page = await desk.person(product, {
      path: `/customers/${first.customer}`,
      locale: 'fa',
    })
    const subject = page.locator('article').getByText('کد تخفیف برای').first()
    await subject.waitFor()
    const cut = await subject.evaluate((it) => ({
      direction: getComputedStyle(it).direction,
      overflow: getComputedStyle(it).textOverflow,
      isCut: it.scrollWidth > it.clientWidth,
    }))
    assert.deepEqual(cut, { direction: 'rtl', overflow: 'ellipsis', isCut: true })
    await page.goto(`/inbox/open/${first.number}`)
    const fold = page.getByRole('button', { expanded: false }).filter({ hasText: 'کد تخفیف' })
    await fold.waitFor()
    assert.match(await fold.innerText(), /۱\W* مورد/)
    assert.deepEqual(page.wrong, [])
    await page.context().close()
  },
)

test('a ticket that was opened is read to the server, too', { skip }, async () => {
  const ticket = await product.ticket('Unread until now', 'Is anybody there?')
  const me = await product.call('GET', '/me')
  await product.call('PATCH', `/tickets/${ticket.id}`, { assignee_agent: me.id })
  const unread = async () => {
    const { items } = await product.call('GET', '/tickets?limit=50')
    return items.find((it) => it.id === ticket.id).row.unread
  }
  assert.equal(await unread(), true)
  const page = await desk.person(product, { path: `/inbox/open/${ticket.number}` })
  await soon(async () => assert.equal(await unread(), false))
  await page.context().close()
})
