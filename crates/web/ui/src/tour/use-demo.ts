/** What a new installation holds: sample data, and no inbox of its own yet. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { readDemo, removeDemo } from '@/api/demo'
import { told } from '@/api/problem'
import { keys } from '@/api/queries'
import { may } from '@/api/session'
import { ask } from '@/design/ask'
import { toast } from '@/design/toasts'
import { useLanguage } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { useDirectory } from '@/inbox/directory'
import { onlySample } from './first-inbox'

export function useDemo() {
  const { t } = useLanguage()
  const format = useFormat()
  const client = useQueryClient()
  const { inboxes, inboxesKnown } = useDirectory()
  const busy = ref(false)
  const { data } = useQuery({
    queryKey: [keys.directory, 'demo'],
    staleTime: 5 * 60_000,
    queryFn: readDemo,
  })
  const demo = computed(() => (data.value?.present ? data.value : null))

  async function remove() {
    const yes = await ask({
      title: t('tour.sample.ask'),
      text: t('tour.sample.askText'),
      yes: t('tour.sample.remove'),
      danger: true,
    })
    if (!yes) return
    busy.value = true
    try {
      const gone = await removeDemo()
      const kept = gone.kept_tickets.length
      const said = t('tour.sample.removed', { count: format.number(gone.tickets) }, gone.tickets)
      toast(
        kept ? `${said} ${t('tour.sample.kept', { count: format.number(kept) }, kept)}` : said,
        {
          tone: 'good',
        },
      )
      await client.resetQueries()
    } catch (error) {
      toast(told(error, t), { tone: 'bad' })
    } finally {
      busy.value = false
    }
  }

  return {
    demo,
    busy,
    remove,
    mayRemove: computed(() => may('admin')),
    needsInbox: computed(
      () =>
        may('admin') && inboxesKnown.value && onlySample(inboxes.value, demo.value?.inbox ?? null),
    ),
  }
}
