// What tests of imports have in common: a file is sent, and what became of it is read off the page.
export const button = (page, name) => page.getByRole('button', { name, exact: true })

/** Sends a file by the page, which then shows how it is read. */
export async function upload(page, kind, name, buffer, say) {
  await page.goto(`/admin/imports/new?kind=${kind}`)
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer })
  await button(page, say.upload).click()
  await page.waitForURL(/\/admin\/imports\/(?!new)\w+$/)
}

/** The numbers below a heading, by their names. */
export async function counted(page, heading, within = 60_000) {
  const card = page.locator('section.card', { has: page.getByRole('heading', { name: heading }) })
  await card.waitFor({ timeout: within })
  const pairs = await card
    .locator('dl > div')
    .evaluateAll((all) => all.map((it) => [...it.children].map((part) => part.textContent.trim())))
  return Object.fromEntries(pairs)
}

/** Keeps what the bar said, each time that it said another thing. */
export const watchBar = (page) =>
  page.evaluate(() => {
    globalThis.told = []
    const look = () => {
      const bar = document.querySelector('progress')
      const words = bar?.closest('section').textContent ?? ''
      if (bar && globalThis.told.at(-1)?.words !== words)
        globalThis.told.push({ value: bar.value, max: bar.max, words })
    }
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    })
  })
