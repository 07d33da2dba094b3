/** The words for what changes in a ticket: names in place of keys and ids. */
import { useLanguage } from '@/i18n'
import { useStatusName } from '@/i18n/statuses'
import { useAgents, useStatuses, useTeams } from './useDirectory'

export function useChangeWords() {
  const { t, te } = useLanguage()
  const { data: agents } = useAgents()
  const { data: teams } = useTeams()
  const { data: statuses } = useStatuses()
  const statusName = useStatusName()

  return {
    field: (name: string) => {
      const key = `composer.field.${name}`
      return te(key) ? t(key) : name
    },
    value: (field: string, value: string): string => {
      if (field === 'priority') return t(`priority.${value}`)
      if (field === 'status') {
        const status = statuses.value?.find((it) => it.key === value)
        return status ? statusName(status) : value
      }
      if (field === 'assignee_agent')
        return agents.value?.find((it) => it.id === value)?.name ?? value
      if (field === 'assignee_team')
        return teams.value?.find((it) => it.id === value)?.name ?? value
      return value
    },
  }
}
