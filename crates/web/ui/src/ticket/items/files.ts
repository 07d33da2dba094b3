/** Files of messages: fetched with the session, shown from memory, handed to the browser to keep. */
import { api } from '@/api/client'
import { ApiProblem, type Problem } from '@/api/problem'
import type { Schemas } from '@/api/client'

export type File = Schemas['AttachmentOut']

const SHOWN = /^image\/(png|jpe?g|gif|webp|avif|bmp)$/
export const isPicture = (file: File): boolean => SHOWN.test(file.media_type)
export const isSound = (file: File): boolean => file.media_type.startsWith('audio/')

export async function contentOf(id: string): Promise<Blob> {
  const { data, error, response } = await api.GET('/api/v1/attachments/{id}', {
    params: { path: { id } },
    parseAs: 'blob',
  })
  if (response.ok) return data as Blob
  throw new ApiProblem(error as Problem)
}

/** What was fetched, typed as its message says: the server hands all out as downloads. */
export const typed = async (file: File): Promise<Blob> =>
  new Blob([await contentOf(file.id)], { type: file.media_type })

export async function keep(file: File, name: string): Promise<void> {
  const address = URL.createObjectURL(await contentOf(file.id))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
