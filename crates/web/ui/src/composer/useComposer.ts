/** All that the box has in common with its parts: what is written, by what it goes, what holds it up. */
import { computed, ref, watch, type Ref } from 'vue'
import { api, good, type Schemas } from '@/api/client'
import type { DraftKind } from '@/api/drafts'
import { ApiProblem, told } from '@/api/problem'
import { toast } from '@/design/toasts'
import { useLanguage } from '@/i18n'
import { stillNamed } from './caret'
import { isBlank } from './content'
import { useAgents } from './useDirectory'
import { useChannel } from './useChannel'
import type { Message } from './outbox'
import { useDraft } from './useDraft'
import { useGuard } from './useGuard'
import { useMeanwhile } from './useMeanwhile'
import { usePresence } from './usePresence'
import { useSending } from './useSending'
import { useUploads } from './useUploads'

export interface SendOptions {
  status?: string
  sendAt?: string
  cancelIfAnswered?: boolean
}

export function useComposer(ticket: Ref<Schemas['TicketOut']>, newestItem: Ref<string | null>) {
  const { t } = useLanguage()
  const id = ticket.value.id
  const mode = ref<DraftKind>('reply')
  const drafts = { reply: useDraft(id, 'reply'), note: useDraft(id, 'note') }
  const files = useUploads(drafts.reply.content)
  const draft = computed(() => drafts[mode.value])
  const channel = useChannel(ticket)
  const { data: agents } = useAgents()
  const isReply = computed(() => mode.value === 'reply')
  const isWriting = computed(() => !isBlank(draft.value.content))
  const meanwhile = useMeanwhile(newestItem, channel.items, isWriting)
  const guard = useGuard(
    computed(() => id),
    computed(() => drafts.reply.content.body),
    isReply,
  )
  const sending = useSending()
  const presence = usePresence(
    id,
    computed(() => (!isWriting.value ? 'looking' : isReply.value ? 'replying' : 'noting')),
  )
  /** Why the customer is asked again; "" until a reason is chosen. */
  const reason = ref('')
  /** What stopped the last try to send. */
  const stopped = ref<'came' | 'asks' | null>(null)
  /** The promises, by where they stand in the text, that are to be noted. */
  const noted = ref<string[]>([])
  let wish: SendOptions = {}

  watch(
    () => draft.value.content.body,
    () => (sending.problem.value = null),
  )

  function messageOf(draft_revision: number | undefined): Message {
    const { content } = draft.value
    const said = { body: content.body, draft_revision }
    if (!isReply.value) {
      const named = (agents.value ?? []).filter((it) => content.mentions.includes(it.id))
      const mentions = stillNamed(content.body, named).map((it) => it.id)
      return { kind: 'note', body: { ...said, mentions } }
    }
    const body: Schemas['ReplyIn'] = said
    if (channel.takesAddresses.value) Object.assign(body, { to: content.to, cc: content.cc })
    if (content.files.length) body.attachments = content.files.map((it) => it.id)
    if (wish.status) body.status = wish.status
    if (wish.sendAt) body.send_at = wish.sendAt
    if (wish.cancelIfAnswered) body.cancel_if_answered = true
    if (reason.value) body.ask_anyway = reason.value
    if (meanwhile.seen.value) body.seen_item = meanwhile.seen.value
    if (content.macro) body.macro = content.macro
    return { kind: 'reply', body }
  }

  /** What stands in the way, so that the person decides. */
  async function obstacle(): Promise<'came' | 'asks' | null> {
    if (meanwhile.came.value.length) return 'came'
    if (!isReply.value || reason.value) return null
    const found = await guard.check()
    return found?.asks.length ? 'asks' : null
  }

  async function submit(options: SendOptions = wish): Promise<boolean> {
    wish = options
    if (!isWriting.value || sending.isBusy.value) return false
    if (isReply.value && files.hasFailed.value) {
      sending.problem.value = t('composer.files.unsent')
      return false
    }
    if (isReply.value && files.isSending.value) {
      sending.problem.value = t('composer.files.wait')
      return false
    }
    sending.isBusy.value = true
    stopped.value = await obstacle()
    if (stopped.value) {
      sending.isBusy.value = false
      return false
    }
    try {
      const promised = guard.promises.value.filter((it) => noted.value.includes(it.due_at))
      const text = draft.value.content.body
      const message = messageOf(await draft.value.settled())
      const item = await sending.send(draft.value, ticket.value.number, message)
      if (item && promised.length) void keepPromises(item.id, text, promised)
      reason.value = ''
      noted.value = []
      wish = {}
      return true
    } catch (error) {
      await refused(error)
      return false
    } finally {
      sending.isBusy.value = false
    }
  }

  async function refused(error: unknown) {
    const code = error instanceof ApiProblem ? error.code : ''
    if (code === 'answered_meanwhile') {
      sending.refresh(id)
      stopped.value = 'came'
    } else if (code === 'asks_known') {
      await guard.check()
      stopped.value = 'asks'
    } else sending.problem.value = told(error, t)
  }

  async function keepPromises(item: string, text: string, all: Schemas['FoundPromiseOut'][]) {
    const bytes = new TextEncoder().encode(text)
    for (const { range, due_at } of all) {
      const said = new TextDecoder().decode(bytes.slice(range.start, range.end)).trim()
      const path = { id }
      const body = { text: said.slice(0, 500), due_at, item }
      await good(api.POST('/api/v1/tickets/{id}/promises', { params: { path }, body })).catch(
        (error) => toast(told(error, t), { tone: 'bad' }),
      )
    }
  }

  /** "Send anyway": what came was seen, and is no obstacle any more. */
  async function sendAnyway() {
    meanwhile.acknowledge()
    stopped.value = null
    await submit()
  }

  return {
    mode,
    drafts,
    draft,
    files,
    channel,
    guard,
    meanwhile,
    presence,
    sending,
    agents,
    isReply,
    isWriting,
    reason,
    stopped,
    noted,
    submit,
    sendAnyway,
  }
}
