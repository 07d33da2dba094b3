/**
 * One draft: shown as soon as it is known, kept on this machine at each key, and on the server half a
 * second after the last one and when the page is left.
 */
import { onScopeDispose, reactive, ref, watch } from 'vue'
import { deleteDraft, getDraft, putDraft, type DraftKind } from '@/api/drafts'
import { ApiProblem } from '@/api/problem'
import { session } from '@/api/session'
import {
  blank,
  copy,
  isBlank,
  newest,
  ofServer,
  readKept,
  toServer,
  writeKept,
  type Content,
  type Kept,
} from './content'
import { Writes, type WriteState } from './writes'

const DEBOUNCE = 500
const PATIENCE = 3000

/** The drafts that are on the screen, so that what is taken back finds its place. */
const shown = new Map<string, Draft>()

export type Draft = ReturnType<typeof useDraft>
const transport = (ticket: string, kind: DraftKind) => ({
  put: (it: Content, revision: number, keepalive: boolean) =>
    putDraft(ticket, kind, toServer(it, revision), keepalive),
  remove: (revision: number, keepalive: boolean) => deleteDraft(ticket, kind, revision, keepalive),
})

export function useDraft(ticket: string, kind: DraftKind) {
  const agent = session.agent?.id ?? ''
  const content = reactive<Content>(blank())
  const state = ref<WriteState>('idle')
  const restoredAt = ref<string | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOnServer = false
  let isTold = true

  const writes = new Writes(transport(ticket, kind), (told, revision) => {
    state.value = told
    if (told === 'saved') {
      isOnServer = true
      keep(revision, true)
    }
  })

  const keep = (revision: number, synced: boolean) =>
    writeKept(
      agent,
      ticket,
      kind,
      isBlank(content)
        ? null
        : { revision, synced, savedAt: new Date().toISOString(), content: copy(content) },
    )

  const pending = () =>
    isBlank(content)
      ? ({ what: 'remove' } as const)
      : ({ what: 'put', content: copy(content) } as const)

  function save() {
    clearTimeout(timer)
    timer = undefined
    if (isBlank(content) && !isOnServer) {
      writes.forget()
      state.value = 'idle'
    } else writes.ask(pending())
    if (isBlank(content)) isOnServer = false
  }

  watch(
    content,
    () => {
      if (!isTold) return
      keep(Math.max(Date.now(), writes.revision + 1), false)
      clearTimeout(timer)
      timer = setTimeout(save, DEBOUNCE)
    },
    { deep: true, flush: 'sync' },
  )

  /** Shows what was kept, without writing it again. */
  function show(it: Kept) {
    isTold = false
    Object.assign(content, copy(it.content))
    isTold = true
    writes.revision = Math.max(writes.revision, it.revision)
    restoredAt.value = it.savedAt
  }

  async function restore() {
    const local = readKept(agent, ticket, kind)
    if (local) show(local)
    const before = JSON.stringify(content)
    let server: Kept | null = null
    try {
      server = ofServer(await getDraft(ticket, kind))
      isOnServer = true
    } catch (error) {
      // Only "there is none" says something about what this machine has.
      if (!(error instanceof ApiProblem) || error.status !== 404) return
    }
    // Whoever has begun to write meanwhile is not overwritten.
    if (JSON.stringify(content) !== before) return
    const it = newest(local, server)
    if (!it) return clear()
    if (it === local) return save()
    show(it)
    keep(it.revision, true)
  }

  /** It was sent, or thrown away. */
  function clear() {
    clearTimeout(timer)
    timer = undefined
    writes.forget()
    isTold = false
    Object.assign(content, blank())
    isTold = true
    restoredAt.value = null
    state.value = 'idle'
    isOnServer = false
    writeKept(agent, ticket, kind, null)
  }

  function discard() {
    const had = isOnServer
    clear()
    if (had) writes.ask({ what: 'remove' })
  }

  /** All writes are over; the number of the last one, if the server has it. */
  async function settled(): Promise<number | undefined> {
    if (timer) save()
    await Promise.race([writes.settled(), new Promise((done) => setTimeout(done, PATIENCE))])
    return isOnServer ? writes.revision : undefined
  }

  function leave() {
    if (!timer) return
    clearTimeout(timer)
    timer = undefined
    if (!isBlank(content) || isOnServer) writes.flush(pending())
  }
  const hidden = () => document.visibilityState === 'hidden' && leave()
  addEventListener('pagehide', leave)
  document.addEventListener('visibilitychange', hidden)

  const draft = {
    ticket,
    kind,
    content,
    state,
    restoredAt,
    clear,
    discard,
    settled,
    set: (it: Content) => void Object.assign(content, copy(it)),
  }
  const name = `${ticket}:${kind}`
  shown.set(name, draft)
  onScopeDispose(() => {
    leave()
    if (shown.get(name) === draft) shown.delete(name)
    removeEventListener('pagehide', leave)
    document.removeEventListener('visibilitychange', hidden)
  })
  void restore()
  return draft
}

/** What was taken back is a draft again; says whether it stands on the screen. */
export function giveBack(ticket: string, kind: DraftKind, it: Content): boolean {
  const draft = shown.get(`${ticket}:${kind}`)
  if (draft) {
    // What was written meanwhile stays, below it.
    const meanwhile = draft.content.body.trim()
    draft.set({ ...it, body: meanwhile ? `${it.body}\n\n${meanwhile}` : it.body })
    return true
  }
  const revision = Date.now()
  const kept = { revision, synced: false, savedAt: new Date().toISOString(), content: copy(it) }
  writeKept(session.agent?.id ?? '', ticket, kind, kept)
  void putDraft(ticket, kind, toServer(it, revision)).catch(() => undefined)
  return false
}
