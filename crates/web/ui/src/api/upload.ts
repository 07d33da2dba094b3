/** Sends one file and tells how far it has come; `fetch` cannot tell that. */
import type { Schemas } from './client'
import { ApiProblem, Unreachable, type Problem } from './problem'
import { access, renewed } from './session'

type Sent = { status: number; body: unknown }

function once(file: Blob, name: string, progress: (part: number) => void, signal: AbortSignal) {
  return new Promise<Sent>((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `/api/v1/attachments?name=${encodeURIComponent(name)}`)
    request.setRequestHeader('Authorization', `Bearer ${access() ?? ''}`)
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
    request.responseType = 'json'
    request.upload.onprogress = (event) => event.total && progress(event.loaded / event.total)
    request.onload = () => resolve({ status: request.status, body: request.response as unknown })
    request.onerror = () => reject(new Unreachable())
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'))
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

export async function upload(
  file: Blob,
  name: string,
  progress: (part: number) => void,
  signal: AbortSignal,
): Promise<Schemas['AttachmentOut']> {
  let sent = await once(file, name, progress, signal)
  if (sent.status === 401 && (await renewed())) sent = await once(file, name, progress, signal)
  if (sent.status === 201) return sent.body as Schemas['AttachmentOut']
  const unknown = { status: sent.status, code: 'unknown', detail: String(sent.status) }
  throw new ApiProblem((sent.body ?? unknown) as Problem)
}
