/** Sends, offers to take it back for as long as that can be done, and never loses a word. */
import { ref } from 'vue'
import { api, good, type Schemas } from '@/api/client'
import { ApiProblem, Unreachable, told } from '@/api/problem'
import { toast } from '@/design/toasts'
import { useLanguage } from '@/i18n'
import { useFormat } from '@/i18n/format'
import type { Content } from './content'
import { copy } from './content'
import { post, putOff, type Message, type Sending } from './outbox'
import { giveBack, type Draft } from './useDraft'
import { useSent } from './useSent'
import { sentAgain } from './useUploads'

type Item = Schemas['ItemOut']

export function useSending() {
  const { t } = useLanguage()
  const format = useFormat()
  const { open, refresh } = useSent()
  const isBusy = ref(false)
  const problem = ref<string | null>(null)

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
    const isPlanned = !!it.body.send_at
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

  /** The stored item; null when it waits for the connection. A refusal is thrown. */
  async function send(draft: Draft, number: number, message: Message): Promise<Item | null> {
    const content: Content = copy(draft.content)
    const it: Sending = {
      key: crypto.randomUUID(),
      ticket: draft.ticket,
      number,
      ...message,
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
