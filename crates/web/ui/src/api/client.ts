/** The one client of the public API; its types are made from the server's OpenAPI document. */
import createClient from 'openapi-fetch'
import { ApiProblem, Unreachable, type Problem } from './problem'
import type { components, paths } from './schema'
import { access, renewed } from './session'

export type Schemas = components['schemas']

async function sent(request: Request): Promise<Response> {
  const token = access()
  if (token) request.headers.set('Authorization', `Bearer ${token}`)
  try {
    return await fetch(request)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Unreachable()
  }
}

/** Sends; when the session has ended, waits for another and sends the same once more. */
export async function authorised(request: Request): Promise<Response> {
  const again = request.clone()
  if (!access() && !(await renewed())) return sent(request)
  const answer = await sent(request)
  if (answer.status !== 401 || !(await renewed())) return answer
  return sent(again)
}

export const api = createClient<paths>({
  baseUrl: '',
  fetch: authorised,
  querySerializer: { array: { style: 'form', explode: true } },
})

type Answer<T> = { data?: T; error?: unknown; response: Response }

/** The data of an answer; a refusal is thrown as what it says. */
export async function good<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked
  if (response.ok) return data as T
  throw new ApiProblem(asProblem(error, response))
}

function asProblem(error: unknown, response: Response): Problem {
  if (error && typeof error === 'object' && 'code' in error) return error as Problem
  return {
    type: 'about:blank',
    title: response.statusText,
    status: response.status,
    code: 'unknown',
    detail: response.statusText,
    field: null,
    details: null,
    request_id: response.headers.get('x-request-id') ?? '',
  } as Problem
}
