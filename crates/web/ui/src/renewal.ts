/**
 * A server that was brought up to date has other files than the desk that was loaded before. When a
 * part of it is missing then, the page is loaded anew; what was written is kept by its draft.
 */
const entryOf = (html: string | undefined) => /src="(\/assets\/index-[^"]+)"/.exec(html ?? '')?.[1]

export async function isOutdated(
  own = entryOf(document.documentElement.outerHTML),
  ask: typeof fetch = fetch,
): Promise<boolean> {
  const answer = await ask('/', { cache: 'no-store' }).catch(() => null)
  const served = answer?.ok ? entryOf(await answer.text()) : undefined
  return served !== undefined && own !== undefined && served !== own
}

export function renewWhenOutdated(): void {
  window.addEventListener('vite:preloadError', () => {
    void isOutdated().then((outdated) => outdated && window.location.reload())
  })
}
