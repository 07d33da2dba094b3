/** Sends a change, tells how it went, and has everything of the set-up read again. */
import { ref, shallowRef } from 'vue'
import { keys, queryClient } from '@/api/queries'
import { ask } from '@/design/ask'
import { toast } from '@/design/toasts'
import { useLanguage } from '@/i18n'
import { isolate } from '@/i18n/format'
import { useSay } from './say'

/** The name of a version in a request: a change of an older one is refused. */
export const ifMatch = (version: number | string): { 'If-Match': string } => ({
  'If-Match': `"v${version}"`,
})

export const refresh = (): Promise<void> =>
  queryClient.invalidateQueries({ queryKey: [keys.directory] })

/** For forms: what is wrong is kept, to be shown where it was written. */
export function useSave() {
  const { t } = useLanguage()
  const busy = ref(false)
  const error = shallowRef<unknown>(null)
  async function save<T>(
    run: () => Promise<T>,
    done?: (made: T) => void,
    said: string | null = t('common.saved'),
  ): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    error.value = null
    try {
      const made = await run()
      void refresh()
      if (said) toast(said, { tone: 'good' })
      done?.(made)
      return true
    } catch (caught) {
      error.value = caught
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, error, save }
}

/** For buttons: what is wrong is told in passing. */
export function useAct() {
  const say = useSay()
  const busy = ref(false)
  async function act<T>(run: () => Promise<T>, said?: string, done?: (made: T) => void) {
    if (busy.value) return
    busy.value = true
    try {
      const made = await run()
      void refresh()
      if (said) toast(said, { tone: 'good' })
      done?.(made)
    } catch (error) {
      toast(say(error), { tone: 'bad', life: 10_000 })
    } finally {
      busy.value = false
    }
  }
  return { busy, act }
}

/** Asks whether one really wants to, then removes. */
export function useRemove() {
  const { t } = useLanguage()
  const { act } = useAct()
  return async (what: {
    name: string
    text?: string
    run: () => Promise<unknown>
    done?: () => void
  }): Promise<void> => {
    const title = t('admin.kit.removeAsk', { name: isolate(what.name) })
    const sure = await ask({ title, text: what.text, yes: t('common.remove'), danger: true })
    if (sure) await act(what.run, t('admin.kit.removed'), what.done)
  }
}
