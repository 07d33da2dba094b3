import admin from './admin.json'
import composer from './composer.json'
import customer from './customer.json'
import inbox from './inbox.json'
import shell from './shell.json'
import ticket from './ticket.json'
import tour from './tour.json'

export default { ...shell, inbox, ticket, composer, customer, admin, tour }
