// Contacts and mails of another desk: looked at, tried out, read in in sight, and never twice.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import { contacts, mail, mbox, zip } from './archives.mjs'
import { button, counted, upload, watchBar } from './importing.mjs'
import { axe, Desk, missing, PERSIAN_DARK, Product, soon, words } from './kit.mjs'

const skip = missing() ?? false
const MORE = 3000
const TABLE = contacts(MORE)
const say = words('en', 'admin-imports').imports
const fa = words('fa', 'admin-imports').imports
let product, desk
before(async () => {
  if (skip) return
  product = await Product.start()
  await product.call('DELETE', '/demo')
  await product.call('POST', '/custom-fields', {
    key: 'paket',
    name: 'Paket',
    kind: 'choice',
    options: ['Gold', 'Free'],
    required: false,
  })
  await product.call('POST', '/inboxes', {
    channel: 'email',
    address: 'destek@example.test',
    name: 'Destek',
  })
  desk = await Desk.open()
})
after(async () => {
  await desk?.close()
  await product?.stop()
})

const column = (page, name, of = say) =>
  page.getByRole('combobox', { name: of.columnSays.replace('{name}', name), exact: true })
const started = (page, of = say) =>
  page.getByText(of.state.done, { exact: true }).first().waitFor({ timeout: 120_000 })

async function download(page, of = say) {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    button(page, of.download).click(),
  ])
  return [file.suggestedFilename(), readFileSync(await file.path(), 'utf8')]
}

test('a table of contacts is mapped, tried out and read in, in sight', { skip }, async () => {
  const page = await desk.person(product, { path: '/admin/imports' })
  await upload(page, 'contacts', 'müşteriler.csv', TABLE, say)
  await page.getByRole('heading', { name: 'müşteriler.csv' }).waitFor()
  // What the names of the columns tell is filled in; what they do not tell is left out.
  await column(page, 'Müşteri No').waitFor()
  assert.equal(await column(page, 'Müşteri No').inputValue(), 'external_id')
  assert.equal(await column(page, 'Ad Soyad').inputValue(), 'name')
  assert.equal(await column(page, 'Telefon').inputValue(), 'phone')
  assert.equal(await column(page, 'Not').inputValue(), say.leftOut)
  const preview = page.getByRole('table', { name: say.preview })
  await preview.getByText('رضا کریمی').waitFor()
  await preview.getByText('nobody could be known by it again').waitFor()
  // Without anything by which a person is known it does not go on.
  for (const name of ['Müşteri No', 'E-posta', 'Telefon'])
    await column(page, name).selectOption({ label: say.leftOut })
  await page.getByText(say.identityNeeded).waitFor()
  assert.ok(await button(page, say.useSettings).isDisabled(), 'it goes on without identities')
  assert.equal(await button(page, say.start).count(), 0, 'it starts without settings')
  await column(page, 'Müşteri No').selectOption('external_id')
  await column(page, 'E-posta').selectOption('email')
  await column(page, 'Telefon').selectOption('phone')
  await column(page, 'Paket').selectOption({ label: 'Paket' })
  await page.getByLabel(say.region).fill('TR')
  await page.getByLabel(say.scope).fill('crm')
  await preview.getByText('+905321112233').waitFor()
  assert.deepEqual(await axe(page), [])
  await button(page, say.useSettings).click()

  await button(page, say.check).click()
  const would = await counted(page, say.wouldBe, 120_000)
  const { count } = say
  assert.equal(would[count.rows], '3,005')
  assert.equal(would[count.customers_new], '3,003')
  assert.equal(would[count.organizations_new], '2')
  assert.equal(would[count.rejected], '2')
  assert.deepEqual((await product.call('GET', '/customers')).items, [], 'it was no dry run')

  assert.equal(await page.getByRole('heading', { name: say.result }).count(), 0)

  await watchBar(page)
  await button(page, say.start).click()
  await started(page)
  const told = await page.evaluate(() => globalThis.told)
  const values = told.map((it) => it.value)
  assert.ok(new Set(values).size > 1, `the bar stands still: ${inspect(told)}`)
  assert.deepEqual(
    values,
    values.toSorted((a, b) => a - b),
  )
  assert.match(told.at(-1).words, /\d+%.* rows read · .* new customers · 2 rejected/)
  assert.deepEqual(await counted(page, say.result), would)
  // The settings are still those that were saved.
  await preview.getByText('+905321112233').waitFor()
  assert.equal(await page.getByLabel(say.region).inputValue(), 'TR')
  assert.equal(await column(page, 'Paket').inputValue(), 'custom.paket')
  assert.deepEqual(await axe(page), [])

  const [name, file] = await download(page)
  assert.equal(name, 'rejected-müşteriler.csv.csv')
  const [head, ...rows] = file.trimEnd().split(/\r?\n/)
  assert.equal(head, 'row,line,reason,raw')
  assert.equal(rows.length, 2)
  assert.match(rows[0], /^4,5,"[^"]*nobody could be known by it again",";Kimsesiz;;;;;;;"$/)
  assert.match(rows[1], /^5,6,.*platin/)
  // A spreadsheet that opens it would count.
  assert.ok(rows[1].includes(`'=1+1;Paketsiz`), rows[1])
  assert.deepEqual(page.wrong, [])
})

test('who was read in is found, in every writing', { skip }, async () => {
  const page = await desk.person(product, { path: '/customers', ...PERSIAN_DARK })
  const find = page.getByRole('searchbox').first()
  const shown = page.getByRole('main').getByRole('listitem')
  for (const [text, name] of [
    ['کریمی', 'رضا کریمی'],
    ['ISIK', 'Elif Kaya Işık'],
    ['sukru', 'Şükrü Çağlar'],
    ['e.kaya@post.example', 'Elif Kaya Işık'],
  ]) {
    await find.fill(text)
    await soon(async () => {
      assert.equal(await shown.count(), 1, text)
      assert.match(await shown.first().textContent(), new RegExp(name))
    })
  }
  assert.deepEqual(await axe(page), [])
  await shown.first().getByRole('link').click()
  await page.waitForURL(/\/customers\/cus_/)
  await page.getByText('Kaya Ltd').first().waitFor()
  await page.getByText('Gold').first().waitFor()
  await page.getByText('toptan').first().waitFor()
  assert.deepEqual(page.wrong, [])
})

test('the same table again adds nothing, also for who reads Persian', { skip }, async () => {
  const page = await desk.person(product, { path: '/admin/imports', ...PERSIAN_DARK })
  await upload(page, 'contacts', 'yine.csv', TABLE, fa)
  await column(page, 'Paket', fa).selectOption({ label: 'Paket' })
  await page.getByLabel(fa.region).fill('TR')
  await page.getByLabel(fa.scope).fill('crm')
  await page.getByRole('table', { name: fa.preview }).getByText('+905321112233').waitFor()
  assert.deepEqual(await axe(page), [])
  await button(page, fa.useSettings).click()
  await button(page, fa.start).click()
  await started(page, fa)
  const read = await counted(page, fa.result)
  assert.equal(read[fa.count.customers_known], '۳٬۰۰۳')
  assert.equal(read[fa.count.customers_new], '۰')
  assert.equal(read[fa.count.customers_changed], '۰')
  assert.equal(read[fa.count.organizations_new], '۰')
  assert.equal(read[fa.count.rejected], '۲')
  assert.deepEqual(await axe(page), [])
  const found = await product.call('GET', '/customers?q=Elif')
  assert.equal(found.items.length, 1)
  assert.deepEqual(page.wrong, [])
})

const first = mail({
  from: 'Elif Kaya <elif@kaya.example>',
  id: '1@kaya',
  subject: 'Siparişim gelmedi',
  text: 'Nerede? =_=',
})
const second = mail({
  from: 'elif@kaya.example',
  id: '2@kaya',
  subject: 'Re: Siparişim gelmedi',
  answers: '1@kaya',
  text: 'Buldum, teşekkürler.',
})
const third = mail({
  from: 'reza@karimi.example',
  id: '3@karimi',
  subject: 'فاکتور',
  text: 'لطفاً فاکتور را بفرستید.',
})

test('a mail archive becomes tickets, resolved, on the right timelines', { skip }, async () => {
  const page = await desk.person(product, { path: '/admin/imports' })
  await upload(page, 'mail', 'eski.mbox', mbox([first, second, third]), say)
  const preview = page.getByRole('table', { name: say.firstMails })
  await preview.getByText('Siparişim gelmedi', { exact: true }).waitFor()
  await preview.getByText('فاکتور', { exact: true }).waitFor()
  assert.deepEqual(await axe(page), [])
  await button(page, say.check).click()
  const would = await counted(page, say.wouldBe)
  assert.equal(would[say.count.mails_new], '3')
  assert.deepEqual((await product.call('GET', '/tickets')).items, [], 'it was no dry run')
  await button(page, say.start).click()
  await started(page)
  assert.deepEqual(await counted(page, say.result), would)
  assert.equal(await button(page, say.download).count(), 0)

  await soon(async () => {
    const { items } = await product.call('GET', '/tickets')
    const all = items.map((it) => [it.subject, it.status])
    assert.deepEqual(all.toSorted(), [
      ['Siparişim gelmedi', 'resolved'],
      ['فاکتور', 'resolved'],
    ])
  }, 30_000)
  await page.goto('/inbox/all')
  await page.getByText('فاکتور').first().waitFor()
  await page.getByText('Siparişim gelmedi').first().click()
  await page.getByText('Buldum, teşekkürler.').first().waitFor()
  // She came with the contacts, and is nobody else now.
  await page.getByText('Elif Kaya Işık').first().waitFor()
  await page.goto('/inbox/open')
  await page.getByRole('navigation').first().waitFor()
  assert.equal(await page.getByText('فاکتور').count(), 0, 'an old thread waits for somebody')
  assert.deepEqual(page.wrong, [])
})

test('of a ZIP what is a mail is read in, and the rest is told', { skip }, async () => {
  const page = await desk.person(product, { path: '/admin/imports', ...PERSIAN_DARK })
  const fourth = mail({
    from: 'sukru@kaya.example',
    id: '4@kaya',
    subject: 'Fatura nerede?',
    text: 'Ekte yok.',
  })
  const archive = zip([
    ['posta/1.eml', first],
    ['posta/4.eml', fourth],
    ['notlar.txt', 'bu bir mektup değil'],
  ])
  await upload(page, 'mail', 'posta.zip', archive, fa)
  await page.getByRole('table', { name: fa.firstMails }).getByText('Fatura nerede?').waitFor()
  await page.getByRole('table', { name: fa.firstMails }).getByText('not a mail').waitFor()
  assert.deepEqual(await axe(page), [])
  await button(page, fa.start).click()
  await started(page, fa)
  const read = await counted(page, fa.result)
  assert.equal(read[fa.count.mails_new], '۱')
  assert.equal(read[fa.count.mails_known], '۱')
  assert.equal(read[fa.count.rejected], '۱')
  assert.deepEqual(await axe(page), [])
  const [, file] = await download(page, fa)
  assert.match(file, /notlar\.txt: not a mail/)
  await soon(async () => {
    const { items } = await product.call('GET', '/tickets?q=Fatura')
    assert.equal(items.length, 1)
  }, 30_000)
  // The list of imports tells of all of them.
  await page.goto('/admin/imports')
  const list = page.getByRole('table', { name: words('fa', 'admin').section.imports })
  await list.getByText('posta.zip').waitFor()
  assert.equal(await list.locator('tbody tr').count(), 4)
  assert.deepEqual(await axe(page), [])
  assert.deepEqual(page.wrong, [])
})
