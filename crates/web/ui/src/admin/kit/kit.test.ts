import { describe, expect, test } from 'vitest'
import { ApiProblem, type Problem } from '@/api/problem'
import { fieldOf } from './say'
import { fits } from './search'

describe('search', () => {
  test('goes without case, accents and Turkish dots', () => {
    expect(fits('İade Talebi', 'iade')).toBe(true)
    expect(fits('Sıkıntı', 'SIKINTI')).toBe(true)
    expect(fits('Zürich office', 'office zur')).toBe(true)
    expect(fits('Zürich', 'bern')).toBe(false)
  })
  test('takes both keyboards of Persian', () => expect(fits('پشتیبانی', 'پشتيباني')).toBe(true))
})

test('the field at fault goes without the part of the request', () => {
  const at = (field: string | null) => fieldOf(new ApiProblem({ field } as Problem))
  expect(at('/name')).toBe('name')
  expect(at('body.incoming.host')).toBe('incoming.host')
  expect(at(null)).toBe(null)
  expect(fieldOf(new Error('x'))).toBe(null)
  const problem = { field: 'settings', detail: 'the inbox has no `bot_id`, made of digits' }
  expect(fieldOf(new ApiProblem(problem as Problem))).toBe('bot_id')
})
