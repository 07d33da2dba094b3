/** Files of what is being written: sent as they are added, each with its progress. */
import { computed, onScopeDispose, reactive } from 'vue'
import { told } from '@/api/problem'
import { upload } from '@/api/upload'
import { useLanguage } from '@/i18n'
import { useFormat } from '@/i18n/format'
import type { Content } from './content'

export const MOST_BYTES = 18 * 1024 * 1024
export const MOST_FILES = 20

export interface Upload {
  key: number
  name: string
  size: number
  file: File | null
  part: number
  state: 'sending' | 'done' | 'failed'
  problem: string | null
  id: string | null
  stop: AbortController
}

let last = 0
/** Files of this tab by their ids, so that a reply that is taken back keeps them. */
const held = new Map<string, File>()

export function useUploads(content: Content) {
  const { t } = useLanguage()
  const format = useFormat()
  const running = reactive<Upload[]>([])

  const all = computed<Upload[]>(() => [
    ...content.files.map((it, i) => ({
      ...it,
      key: -1 - i,
      file: null,
      part: 1,
      state: 'done' as const,
      problem: null,
      stop: new AbortController(),
    })),
    ...running,
  ])
  const isSending = computed(() => running.some((it) => it.state === 'sending'))
  const hasFailed = computed(() => running.some((it) => it.state === 'failed'))

  function start(it: Upload) {
    const together = all.value.filter((one) => one.state !== 'failed')
    const bytes = together.reduce((sum, one) => sum + one.size, 0)
    if (bytes > MOST_BYTES || together.length > MOST_FILES) {
      it.state = 'failed'
      it.problem =
        together.length > MOST_FILES
          ? t('composer.files.tooMany', { most: format.number(MOST_FILES) }, MOST_FILES)
          : t('composer.files.tooLarge', { most: format.bytes(MOST_BYTES) })
      return
    }
    void send(it)
  }

  async function send(it: Upload) {
    it.state = 'sending'
    it.problem = null
    it.part = 0
    try {
      const made = await upload(
        it.file as File,
        it.name,
        (part) => (it.part = part),
        it.stop.signal,
      )
      running.splice(running.indexOf(it), 1)
      held.set(made.id, it.file as File)
      content.files.push({ id: made.id, name: made.name ?? it.name, size: made.size })
    } catch (error) {
      if (error instanceof DOMException) return
      it.state = 'failed'
      it.problem = told(error, t)
    }
  }

  function add(files: Iterable<File>) {
    for (const file of files) {
      running.push({
        key: ++last,
        // What is pasted from the screen has no name of its own.
        name: file.name || t('composer.files.pasted'),
        size: file.size,
        file,
        part: 0,
        state: 'sending',
        problem: null,
        id: null,
        stop: new AbortController(),
      })
      start(running[running.length - 1] as Upload)
    }
  }

  function remove(it: Upload) {
    it.stop.abort()
    if (it.id) content.files = content.files.filter((one) => one.id !== it.id)
    else running.splice(running.indexOf(it), 1)
  }

  onScopeDispose(() => running.forEach((it) => it.stop.abort()))
  return { all, isSending, hasFailed, add, remove, retry: start }
}

/** The files of a message that was taken back: each can be used once, so they are sent again. */
export async function sentAgain(content: Content): Promise<void> {
  const files = await Promise.all(
    content.files.map(async (it) => {
      const file = held.get(it.id)
      if (!file) return null
      const signal = new AbortController().signal
      const made = await upload(file, it.name, () => undefined, signal).catch(() => null)
      if (!made) return null
      held.set(made.id, file)
      return { ...it, id: made.id }
    }),
  )
  content.files = files.filter((it) => it !== null)
}
