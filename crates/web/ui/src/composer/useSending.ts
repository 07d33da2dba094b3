/** Sends, offers to take it back for as long as that can be done, and never loses a word. */
import { useQueryClient } from '@tanstack/vue-query'
import { ref } from 'vue'
import { useRouter } from 'vue-router'
import { api, good, type Schemas } from '@/api/client'
import { keys } from '@/api/queries'
import { ApiProblem, Unreachable, told } from '@/api/problem'
import { toast } from '@/design/toasts'
import { useLanguage } from '@/i18n'
import { useFormat } from '@/i18n/format'
import type { Content } from './content'
import { copy } from './content'
import { post, putOff, watchOutbox, type Sending } from './outbox'
import { giveBack, type Draft } from './useDraft'
import { sentAgain } from './useUploads'

type Item = Schemas['ItemOut']

export function useSending() {
  const { t } = useLanguage()
  const format = useFormat()
  const router = useRouter()
  const client = useQueryClient()
  const isBusy = ref(false)
  const problem = ref<string | null>(null)

  function refresh(ticket: string, customer?: string) {
    void client.invalidateQueries({ queryKey: [keys.ticket, ticket] })
    void client.invalidateQueries({ queryKey: [keys.tickets] })
    if (customer) void client.invalidateQueries({ queryKey: [keys.timeline, customer] })
    if (customer) void client.invalidateQueries({ queryKey: [keys.customer, customer] })
  }

  const open = (it: Sending) => ({
    label: t('composer.openTicket', { number: it.number }),
    run: () => void router.push(`/inbox/all/${it.number}`),
  })

  async function takeBack(it: Sending, item: Item) {
    try {
      await good(api.POST('/api/v1/items/{id}/cancel', { params: { path: { id: item.id } } }))
    } catch (error) {
      const late = error instanceof ApiProblem && error.code === 'already_sent'
      toast(late ? t('composer.tooLate') : told(error, t), { tone: 'bad' })
      return refresh(it.ticket, item.customer)
    }
    const content = copy(it.content)
    const wanted = content.files.length
    await sentAgain(content)
    const shown = giveBack(it.ticket, it.kind, content)
    if (content.files.length < wanted) toast(t('composer.files.lost'), { tone: 'bad' })
    toast(t('composer.tookBack'), shown ? {} : { action: open(it) })
    refresh(it.ticket, item.customer)
  }

  /** Tells that it went, with a way back while there is one. */
  function celebrate(it: Sending, item: Item) {
    refresh(it.ticket, item.customer)
    if (it.kind === 'note') return
    const due = item.message?.sending?.send_at
    const left = due ? Date.parse(due) - Date.now() : 0
    const isPlanned = typeof it.body.send_at === 'string'
    if (isPlanned && due) {
      const text = t('composer.planned', { time: format.dateTime(due) })
      const undo = {
        label: t('common.undo'),
        run: () => void takeBack(it, item),
        undoes: true as const,
      }
      toast(text, { tone: 'good', action: undo, life: 15_000 })
    } else if (left > 500)
      toast(t('composer.sending'), {
        action: {
          label: t('composer.undoSend'),
          run: () => void takeBack(it, item),
          undoes: true,
        },
        life: left,
        until: Date.now() + left,
      })
    else toast(t('composer.sent'), { tone: 'good' })
  }

  watchOutbox({
    sent: (it, item) => {
      toast(t('composer.outbox.sent', { number: it.number }), { tone: 'good', action: open(it) })
      refresh(it.ticket, item.customer)
    },
    refused: (it, error) => {
      giveBack(it.ticket, it.kind, it.content)
      const why = told(error, t)
      toast(t('composer.outbox.refused', { number: it.number, why }), {
        tone: 'bad',
        action: open(it),
        life: null,
      })
    },
  })

  /** The stored item; null when it waits for the connection. A refusal is thrown. */
  async function send(
    draft: Draft,
    number: number,
    body: Record<string, unknown>,
  ): Promise<Item | null> {
    const content: Content = copy(draft.content)
    const it: Sending = {
      key: crypto.randomUUID(),
      ticket: draft.ticket,
      number,
      kind: draft.kind,
      body,
      content,
      queuedAt: new Date().toISOString(),
    }
    isBusy.value = true
    problem.value = null
    try {
      const item = await post(it)
      draft.clear()
      celebrate(it, item)
      return item
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
      putOff(it)
      draft.clear()
      return null
    } finally {
      isBusy.value = false
    }
  }

  return { isBusy, problem, send, refresh }
}
