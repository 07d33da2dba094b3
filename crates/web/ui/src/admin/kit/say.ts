/** What is said for a refusal in the set-up: our own words for what an admin meets there. */
import { ApiProblem, told } from '@/api/problem'
import { useLanguage } from '@/i18n'

export function useSay() {
  const { t, te } = useLanguage()
  return (error: unknown): string => {
    if (error instanceof ApiProblem) {
      const key = `admin.problem.${error.code}`
      if (te(key)) return t(key)
      const common = te(`problem.codes.${error.code}`)
      if (error.status < 500 && !common) return error.problem.detail
    }
    return told(error, t)
  }
}

/**
 * The field at fault without the part of the request that it stands in: `/name` and `body.name` are
 * `name`. What is wrong with the settings of a channel names the field in its words.
 */
export function fieldOf(error: unknown): string | null {
  if (!(error instanceof ApiProblem) || !error.field) return null
  const field = error.field.replace(/^(\/|body\.)/, '')
  if (field !== 'settings' && field !== 'secrets') return field
  return /`([a-z_]+)`/.exec(error.problem.detail)?.[1] ?? field
}
