import composer from './composer.json'
import customer from './customer.json'
import ticket from './ticket.json'

export default { ticket, composer, customer }
