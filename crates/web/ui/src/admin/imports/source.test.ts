import { expect, test } from 'vitest'
import { formOfSource, progress, sourceOf } from './source'

test('what was read is written again, and what the form does not show stays', () => {
  const source = {
    format: 'mapped',
    time_zone: 'Europe/Berlin',
    trunks: ['PJSIP/trunk'],
    header: true,
    mapping: { columns: [{ column: 'Datum', field: 'started' }], ignore: ['Totals'] },
  }
  const form = formOfSource(source)
  expect(form.columns).toEqual({ Datum: 'started' })
  form.columns.Uhrzeit = 'started'
  form.columns.Notiz = ''
  form.region = 'de '
  const out = sourceOf(form, true)
  expect(out).toMatchObject({ trunks: ['PJSIP/trunk'], region: 'DE', header: true })
  expect(out.mapping).toMatchObject({
    ignore: ['Totals'],
    columns: [
      { column: 'Datum', field: 'started' },
      { column: 'Uhrzeit', field: 'started' },
    ],
  })
})

test('a format of its own has no mapping', () => {
  const form = formOfSource({ format: 'freepbx', mapping: null })
  expect(sourceOf(form, false).mapping).toBe(null)
  expect(sourceOf(form, false).encoding).toBe(null)
})

test('progress', () => {
  expect(progress(50, 200)).toBe(0.25)
  expect(progress(300, 200)).toBe(1)
  expect(progress(0, 0)).toBe(0)
})
