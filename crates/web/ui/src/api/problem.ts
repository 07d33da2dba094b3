/** An answer of the server that says what is wrong, and how it is told to a person. */
import type { components } from './schema'

export type Problem = components['schemas']['Problem']

export class ApiProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail)
    this.name = 'ApiProblem'
  }
  get code(): string {
    return this.problem.code
  }
  get status(): number {
    return this.problem.status
  }
  get field(): string | null {
    return this.problem.field ?? null
  }
}

/** The request did not reach the server, or no answer came back. */
export class Unreachable extends Error {
  constructor() {
    super('unreachable')
    this.name = 'Unreachable'
  }
}

/** The messages a component says for an error: the server's own words where it has some. */
export function told(
  error: unknown,
  t: (key: string, values?: Record<string, unknown>) => string,
): string {
  if (error instanceof Unreachable) return t('problem.unreachable')
  if (!(error instanceof ApiProblem)) return t('problem.unknown')
  if (error.status >= 500) return t('problem.server', { id: error.problem.request_id })
  const key = `problem.codes.${error.code}`
  const said = t(key)
  return said === key ? error.problem.detail : said
}
