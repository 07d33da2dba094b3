/**
 * A server that was brought up to date has other files than the desk that was loaded before. When a
 * part of it is missing then, the page is loaded anew; what was written is kept by its draft.
 */
import type { Router } from 'vue-router'
import { Unreachable, told } from './api/problem'
import { toast } from './design/toasts'
import { i18n } from './i18n'

const entryOf = (html: string | undefined) => /src="(\/assets\/index-[^"]+)"/.exec(html ?? '')?.[1]

export async function isOutdated(
  own = entryOf(document.documentElement.outerHTML),
  ask: typeof fetch = fetch,
): Promise<boolean> {
  const answer = await ask('/', { cache: 'no-store' }).catch(() => null)
  const served = answer?.ok ? entryOf(await answer.text()) : undefined
  return served !== undefined && own !== undefined && served !== own
}

export function renewWhenOutdated(router: Router, outdated = isOutdated): void {
  /** Where one is going: that is loaded anew, not the page that one wanted to leave. */
  let wanted: string | undefined
  router.beforeEach((to) => void (wanted = to.fullPath))
  router.afterEach(() => (wanted = undefined))
  router.onError((_error, to) => {
    wanted = undefined
    const { t } = i18n.global
    const run = () => window.location.assign(to.fullPath)
    // A page whose files cannot be had would otherwise just not come.
    toast(told(new Unreachable(), t), { tone: 'bad', action: { label: t('common.tryAgain'), run } })
  })
  window.addEventListener('vite:preloadError', () => {
    const place = wanted
    void outdated().then((is) => {
      if (!is) return
      if (place) window.location.assign(place)
      else window.location.reload()
    })
  })
}
