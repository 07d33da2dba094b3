/** Calls of addresses that the document does not have yet, by the same session and with the same errors. */
import { authorised } from './client'
import { ApiProblem, type Problem } from './problem'

export interface CallOptions {
  body?: unknown
  headers?: Record<string, string>
  /** Goes on when the page is left. */
  keepalive?: boolean
}

export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers }
  const body = options.body === undefined ? undefined : JSON.stringify(options.body)
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  const answer = await authorised(
    new Request(path, { method, headers, body, keepalive: options.keepalive ?? false }),
  )
  if (answer.status === 204) return undefined as T
  const said: unknown = await answer.json().catch(() => null)
  if (answer.ok) return said as T
  const known = said && typeof said === 'object' && 'code' in said
  throw new ApiProblem(
    (known
      ? said
      : {
          title: '',
          status: answer.status,
          code: 'unknown',
          detail: answer.statusText,
        }) as Problem,
  )
}

/** A server that is older than this desk does not have the address. */
export const isUnknownRoute = (error: unknown): boolean =>
  error instanceof ApiProblem && error.code === 'unknown_route'
