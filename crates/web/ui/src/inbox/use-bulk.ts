/** A bulk action as a person meets it: done at once, told in a line, undone by one click. */
import { useQueryClient } from '@tanstack/vue-query'
import { ref } from 'vue'
import { told } from '@/api/problem'
import { keys } from '@/api/queries'
import { toast } from '@/design/toasts'
import { useLanguage } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { changeAll, run, undoOf, type Change, type Failed, type Step } from './bulk'
import type { TicketRow } from './rows'

export function useBulk() {
  const { t } = useLanguage()
  const format = useFormat()
  const client = useQueryClient()
  const busy = ref(false)
  const failed = ref<Failed[]>([])

  const refresh = () =>
    Promise.all(
      [keys.tickets, keys.ticket, keys.counts].map((key) =>
        client.invalidateQueries({ queryKey: [key] }),
      ),
    )

  /** Answers with the tickets that were changed. */
  async function change(tickets: TicketRow[], wanted: Change): Promise<TicketRow[]> {
    busy.value = true
    try {
      const outcome = await changeAll(tickets, wanted)
      const steps = undoOf(outcome.done, wanted)
      const count = outcome.done.length
      if (count > 0)
        toast(t('inbox.bulk.done', { count: format.number(count) }, count), {
          tone: 'good',
          ...(steps.length && {
            action: { label: t('common.undo'), run: () => void undo(steps), undoes: true as const },
          }),
        })
      failed.value = outcome.failed
      return outcome.done
    } catch (error) {
      toast(told(error, t), { tone: 'bad' })
      return []
    } finally {
      busy.value = false
      void refresh()
    }
  }

  async function undo(steps: Step[]) {
    try {
      const outcomes = (await Promise.all(steps.map(run))).flat()
      const missed = outcomes.filter((it) => !it.ok).length
      if (missed)
        toast(t('inbox.bulk.notUndone', { count: format.number(missed) }, missed), { tone: 'bad' })
      else toast(t('inbox.bulk.undone'), { tone: 'good' })
    } catch (error) {
      toast(told(error, t), { tone: 'bad' })
    }
    void refresh()
  }

  return { busy, failed, change }
}
