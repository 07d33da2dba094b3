import { expect, test } from 'vitest'
import { contactsOf, formOfContacts } from './contacts'

test('settings of contacts become a form and settings again', () => {
  const source = {
    columns: [
      { column: 'First name', field: 'name' },
      { column: 'Last name', field: 'name' },
      { column: 'Plan', field: 'custom.plan' },
    ],
    region: 'TR',
    external_scope: '',
    encoding: null,
    separator: ';',
    header: true,
  }
  const form = formOfContacts(source)
  expect(form.header).toBe('yes')
  expect(contactsOf(form, ['First name', 'Last name', 'Fax', 'Plan'])).toEqual(source)
})

test('the parts of a name come in the order of the file', () => {
  const form = { ...formOfContacts({}), columns: { Last: 'name', First: 'name', Fax: '' } }
  const columns = contactsOf(form, ['First', 'Fax', 'Last']).columns
  expect(columns).toEqual([
    { column: 'First', field: 'name' },
    { column: 'Last', field: 'name' },
  ])
})
