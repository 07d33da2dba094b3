// Logs of phone systems: looked at, tried out, read in before one's eyes, and never twice.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import { asteriskRow, BROKEN, masterRows, otherTable, turkish } from './calls.mjs'
import { button, counted, upload as send, watchBar } from './importing.mjs'
import { axe, Desk, missing, Product, soon, words } from './kit.mjs'

const skip = missing() ?? false
const CALLS = 14_400
const ELIF = '+905321112201'
/** She rang once; three phones rang for it, and only the last was answered. */
const RANG = ['201', '202', '203'].map((extension, at) =>
  asteriskRow({
    number: '05321112201',
    extension,
    minutes: 100,
    talk: at === 2 ? 54 : 0,
    id: '1770000001',
    leg: at + 1,
  }),
)
const LOG = Buffer.from([...RANG, ...masterRows(CALLS), ''].join('\n'))
let product, desk
before(async () => {
  if (skip) return
  product = await Product.start()
  await product.call('DELETE', '/demo')
  desk = await Desk.open()
})
after(async () => {
  await desk?.close()
  await product?.stop()
})

const customers = (phone) =>
  product.call('GET', `/customers?limit=1${phone ? `&phone=${encodeURIComponent(phone)}` : ''}`)

async function upload(page, name, buffer, say) {
  await send(page, 'calls', name, buffer, say)
  await page.getByText(say.how, { exact: true }).waitFor()
}

/** What a program that reads the screen aloud is told of the bar. */
async function spokenBar(page) {
  const session = await page.context().newCDPSession(page)
  const { nodes } = await session.send('Accessibility.getFullAXTree')
  await session.detach()
  const bar = nodes.find((it) => it.role?.value === 'progressbar' && !it.ignored)
  return bar && { name: bar.name?.value, value: Number(bar.value?.value ?? Number.NaN) }
}

/** Number, line, reason and text of each; a text that a spreadsheet would run is made harmless. */
function rejectedAsTheyCame(file) {
  const [head, ...rows] = file.trimEnd().split(/\r?\n/)
  assert.equal(head, 'row,line,reason,raw')
  assert.equal(rows.length, BROKEN.length)
  for (const [at, [raw, why]] of BROKEN.entries()) {
    const line = RANG.length + 11 + at * 50
    assert.ok(rows[at].startsWith(`${line},${line},`), `${rows[at]}: is not line ${line}`)
    assert.ok(rows[at].includes(why), `${rows[at]}: does not say ${why}`)
    const kept = (raw.startsWith('=') ? `'${raw}` : raw).replaceAll('"', '""')
    assert.ok(rows[at].endsWith(`,"${kept}"`), `${rows[at]}: does not end with ${kept}`)
  }
}

test('a log of Asterisk is tried out and read in, in sight', { skip }, async () => {
  const say = words('en', 'admin-imports').imports
  const page = await desk.person(product, { path: '/admin/imports' })
  // Without an inbox of telephones the way leads to one.
  await page.getByRole('link', { name: say.new }).click()
  await page.getByLabel(say.holds).selectOption('calls')
  await page.getByText(say.noInbox.calls, { exact: true }).waitFor()
  await page.getByRole('link', { name: 'Connect an inbox' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Telephone')
  await button(page, 'Create').click()
  await page.waitForURL(/\/admin\/inboxes\/inb_/)

  await upload(page, 'Master.csv', LOG, say)
  await page.getByText('It looks like Asterisk').waitFor()
  assert.equal(await page.getByLabel(say.format).inputValue(), 'asterisk_csv')
  await page.getByText(say.zoneNeeded).waitFor()
  assert.ok(await button(page, say.useSettings).isDisabled(), 'it goes on without a time zone')
  assert.equal(await button(page, say.start).count(), 0, 'it starts without settings')
  await page.getByLabel(say.zone).fill('Europe/Istanbul')
  await page.getByLabel(say.region).fill('TR')
  const preview = page.getByRole('table', { name: say.preview })
  await preview.getByText(ELIF).first().waitFor()
  await preview.getByText(BROKEN[0][1]).waitFor()
  assert.equal(await preview.locator('tbody tr').count(), 20)
  // Elif's first leg began at 01:40 on the clock of Istanbul, which is the reader's, too.
  assert.match(await preview.locator('tbody tr').first().textContent(), /1:40/)
  assert.deepEqual(await axe(page), [])
  await button(page, say.useSettings).click()

  const nobody = await customers()
  await button(page, say.check).click()
  const would = await counted(page, say.wouldBe)
  assert.equal(would[say.count.calls_new], '14,401')
  assert.equal(would[say.count.rejected], String(BROKEN.length))
  assert.equal(would[say.count.customers_new], '1,441')
  assert.equal(await button(page, say.download).count(), 0)
  assert.deepEqual(nobody.items, [])
  assert.deepEqual((await customers()).items, [], 'the dry run stored somebody')

  await watchBar(page)
  await button(page, say.start).click()
  const told = await soon(async () => {
    const all = await page.evaluate(() => globalThis.told)
    assert.ok(new Set(all.map((it) => it.value)).size > 2, `it stands still: ${inspect(all)}`)
    return all
  }, 30_000)
  const spoken = await spokenBar(page)
  await button(page, say.pause).click()
  const values = told.map((it) => it.value)
  assert.deepEqual(
    values,
    values.toSorted((a, b) => a - b),
  )
  assert.match(told.at(-1).words, /\d+%.*\d+:\d\d left.* rows read · .* new calls · 5 rejected/)
  assert.equal(spoken.name, say.state.running)
  assert.ok(spoken.value > 0 && spoken.value <= 1, `it is told as ${spoken.value}`)
  // It waits where it is, and another admin lets it go on.
  await button(page, say.goOn).waitFor()
  assert.deepEqual(await axe(page), [])
  const fa = words('fa', 'admin-imports').imports
  const { pathname: path } = new URL(page.url())
  const other = await desk.person(product, { path, locale: 'fa', theme: 'dark' })
  await button(other, fa.goOn).click()
  await other.getByRole('progressbar', { name: fa.state.running }).waitFor()
  assert.deepEqual(await axe(other), [])
  await other.getByText(fa.state.done, { exact: true }).waitFor({ timeout: 60_000 })
  await page.reload()
  assert.deepEqual(await counted(page, say.result), would)

  const [file] = await Promise.all([
    page.waitForEvent('download'),
    button(page, say.download).click(),
  ])
  assert.equal(file.suggestedFilename(), 'rejected-Master.csv.csv')
  rejectedAsTheyCame(readFileSync(await file.path(), 'utf8'))
  assert.deepEqual([...page.wrong, ...other.wrong], [])
  await other.context().close()
})

test('one call of three legs is one entry of her timeline', { skip }, async () => {
  const [elif] = (await customers(ELIF)).items
  const page = await desk.person(product, { path: `/customers/${elif.id}` })
  const legs = page.getByRole('button', { name: '3 legs' })
  await legs.waitFor()
  assert.equal(await page.getByText('Incoming call').count(), 1)
  await page.getByText('answered', { exact: true }).first().waitFor()
  assert.equal(await page.getByRole('listitem').filter({ hasText: '→ 203' }).count(), 0)
  await legs.click()
  const rang = page.locator('li li').filter({ hasText: ELIF })
  assert.equal(await rang.count(), 3)
  assert.match(await rang.nth(0).textContent(), /201.*missed/)
  assert.match(await rang.nth(2).textContent(), /203.*answered/)
  assert.deepEqual(page.wrong, [])
})

test('the same log again adds nothing', { skip }, async () => {
  const say = words('en', 'admin-imports').imports
  const page = await desk.person(product, { path: '/admin/imports' })
  await upload(page, 'again.csv', LOG, say)
  await page.getByLabel(say.zone).fill('Europe/Istanbul')
  await page.getByLabel(say.region).fill('TR')
  await button(page, say.useSettings).click()
  await button(page, say.start).click()
  await page.getByText(say.state.done, { exact: true }).waitFor({ timeout: 60_000 })
  const read = await counted(page, say.result)
  assert.equal(read[say.count.calls_new], '0')
  assert.equal(read[say.count.customers_new], '0')
  assert.equal(read[say.count.legs_known], '14,403')
  const [elif] = (await customers(ELIF)).items
  const { items } = await product.call('GET', `/customers/${elif.id}/timeline`)
  assert.equal(items.filter((it) => it.kind === 'call').length, 1)
  assert.deepEqual(page.wrong, [])
})

test('any table is read by a mapping, which is kept for the next', { skip }, async () => {
  const say = words('fa', 'admin-imports').imports
  const page = await desk.person(product, { path: '/admin', locale: 'fa', theme: 'dark' })
  // As the system writes it: in the letters of Windows-1254.
  const table = otherTable(240).join('\r\n')
  await upload(page, 'santral.csv', turkish(table), say)
  const format = page.getByLabel(say.format)
  assert.equal(await format.inputValue(), 'mapped')
  await page.getByText(say.startNeeded).waitFor()
  const column = (name) =>
    page.getByRole('combobox', {
      name: new RegExp(say.columnSays.replace('{name}', `.?${name}.?`)),
    })
  await column('Gün').selectOption('started')
  await page.getByText(say.numberNeeded).waitFor()
  await column('Saat').selectOption('started')
  await column('Arayan').selectOption('from')
  await column('Kuyruk').selectOption('queue')
  await column('Konuşma').selectOption('talk')
  await column('Kayıt no').selectOption('call_key')
  await page.getByLabel(say.timeFormat).fill('%d.%m.%Y %H:%M')
  await page.getByLabel(say.decimalMark).selectOption('comma')
  await page.getByLabel(say.durationUnit).selectOption('minutes')
  await page.getByLabel(say.zone).fill('Europe/Istanbul')
  await page.getByLabel(say.region).fill('TR')
  const preview = page.getByRole('table', { name: say.preview })
  await preview.getByText('+905342000001').waitFor()
  await page.getByText('Şube Çağrı').first().waitFor()
  assert.deepEqual(await axe(page), [])
  await button(page, say.keep).click()
  await page.getByRole('dialog').getByRole('textbox').fill('Santral')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await button(page, say.useSettings).click()
  await button(page, say.start).click()
  await page.getByText(say.state.done, { exact: true }).waitFor({ timeout: 60_000 })
  const read = await counted(page, say.result)
  assert.equal(read[say.count.calls_new], '۲۴۰')
  assert.equal(read[say.count.rejected], '۱')
  const [caller] = (await customers('+905342000001')).items
  const { items } = await product.call('GET', `/customers/${caller.id}/timeline?kind=call`)
  // 1.5 minutes, and a clock that is three hours ahead of UTC.
  assert.equal(items[0].call.talk_seconds, 90)
  assert.equal(items[0].occurred_at, '2026-02-03T02:01:00.000000Z')
  assert.equal(items[0].call.queue, 'Şube Çağrı')

  await upload(page, 'next.csv', turkish(table), say)
  await page.getByRole('combobox', { name: say.useKept }).selectOption('Santral')
  await preview.getByText('+905342000001').waitFor()
  assert.equal(await page.getByLabel(say.timeFormat).inputValue(), '%d.%m.%Y %H:%M')
  assert.deepEqual(page.wrong, [])
})
