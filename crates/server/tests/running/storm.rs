//! The program killed again and again in a storm of what seven platforms tell its hooks, each of which
//! sends until it is told that its message was taken, and some of it twice: nothing may be lost and
//! nothing doubled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::database::Database;
use crate::office::wait_for;
use crate::platforms::{Platform, Said, connect_all};
use crate::server::{Installation, Server};

const MESSAGES: usize = 10_000;
/// At each platform.
const CONVERSATIONS: usize = 50;
/// While it is told, spread over the storm.
const KILLS: usize = 20;
/// Afterwards, while it reads what it was told.
const LATE_KILLS: usize = 5;
/// Requests in flight.
const SENDERS: usize = 8;
/// How long a platform waits before it sends again.
const PAUSE: Duration = Duration::from_millis(20);

#[test]
fn killed_in_a_storm_of_hooks_it_loses_nothing_and_doubles_nothing() {
    loses_and_doubles_nothing(Database::Sqlite);
}

#[test]
fn killed_in_a_storm_of_hooks_on_postgresql_it_loses_nothing_and_doubles_nothing() {
    let Some(database) = Database::postgres() else { return };
    loses_and_doubles_nothing(database);
}

/// The numbers of the messages in the order in which they are sent: each tenth twice at the same time,
/// and each thirteenth once more later, as if the platform had not heard the answer.
fn plan() -> Vec<usize> {
    let again = |now: usize| now.checked_sub(100).filter(|early| early % 13 == 3);
    let of = |number: usize| {
        let twice = number.is_multiple_of(10).then_some(number);
        [Some(number), twice, again(number)].into_iter().flatten()
    };
    (0..MESSAGES).flat_map(of).collect()
}

/// What goes on, shared by all who send.
struct Storm {
    platforms: Vec<Platform>,
    /// Where the server is at the moment.
    address: Mutex<String>,
    plan: Vec<usize>,
    next: AtomicUsize,
    taken: AtomicUsize,
    /// Requests that got no answer, or a bad one.
    failed: AtomicUsize,
    began: usize,
}

impl Storm {
    fn begin(client: &crate::server::Client, server: &Server) -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Self {
            platforms: connect_all(client),
            address: Mutex::new(server.address().to_owned()),
            plan: plan(),
            next: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            began: usize::try_from(now.as_secs()).unwrap(),
        }
    }

    /// What a message says, and by which platform it comes.
    fn said(&self, number: usize) -> (&Platform, Said) {
        let count = self.platforms.len();
        let conversation = (number / count) % CONVERSATIONS;
        // The storm tells of what was written in the hours before.
        let said = Said { number, conversation, at: self.began - MESSAGES + number };
        (&self.platforms[number % count], said)
    }

    /// Sends what is next until there is nothing more.
    fn send(&self) {
        while let Some(number) = self.plan.get(self.next.fetch_add(1, Ordering::SeqCst)) {
            let (platform, said) = self.said(*number);
            while !self.is_taken(platform, &said) {
                self.failed.fetch_add(1, Ordering::SeqCst);
                std::thread::sleep(PAUSE);
            }
            self.taken.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn is_taken(&self, platform: &Platform, said: &Said) -> bool {
        let address = self.address.lock().unwrap().clone();
        match platform.tell(&address, said) {
            Ok(status) if (200..300).contains(&status) => true,
            // A refusal would go on for ever.
            Ok(status) => {
                assert!(status >= 500, "{} is told {status}", platform.name);
                false
            }
            Err(_) => false,
        }
    }

    /// Kills the server and starts another.
    fn kill(&self, server: Server, at: &Installation) -> Server {
        server.kill();
        let server = Server::start(at);
        server.address().clone_into(&mut self.address.lock().unwrap());
        server
    }
}

fn loses_and_doubles_nothing(database: Database) {
    let at = Installation::on(database);
    let mut server = Server::start(&at);
    let client = server.sign_in(&server.first_password());
    let storm = Arc::new(Storm::begin(&client, &server));
    let began = Instant::now();
    let send = |_| {
        std::thread::spawn({
            let storm = Arc::clone(&storm);
            move || storm.send()
        })
    };
    let senders: Vec<_> = (0..SENDERS).map(send).collect();
    let mut chance = Chance(0x5704_4a11);
    for kill in 1..=KILLS {
        let until = storm.plan.len() * kill / (KILLS + 1);
        wait_for(Duration::from_secs(60), || match storm.taken.load(Ordering::SeqCst) {
            taken if taken < until => Err(format!("{taken} of {until} are taken")),
            _ => Ok(()),
        });
        std::thread::sleep(Duration::from_millis(chance.below(50)));
        server = storm.kill(server, &at);
    }
    for sender in senders {
        sender.join().unwrap();
    }
    let told = began.elapsed();
    for _ in 0..LATE_KILLS {
        std::thread::sleep(Duration::from_millis(100 + chance.below(400)));
        server = storm.kill(server, &at);
    }
    wait_for(Duration::from_secs(300), || {
        let waiting = "select count(*) from jobs where not dead and kind = 'process_delivery'";
        match at.number(waiting) {
            0 => Ok(()),
            waiting => Err(format!("{waiting} deliveries wait")),
        }
    });
    println!(
        "{}: over {} kills {} requests were taken and {} failed in {told:.1?}, all was read after {:.1?}",
        at.database.name(),
        KILLS + LATE_KILLS,
        storm.taken.load(Ordering::SeqCst),
        storm.failed.load(Ordering::SeqCst),
        began.elapsed(),
    );
    check(&at, &storm);
    assert!(server.stop());
}

fn check(at: &Installation, storm: &Storm) {
    assert_eq!(storm.taken.load(Ordering::SeqCst), storm.plan.len());
    assert_eq!(at.number("select count(*) from jobs where dead"), 0);
    let ledger = at.query("select outcome, count(*) from deliveries group by outcome");
    assert_eq!(ledger, [serde_json::json!([1, MESSAGES])], "all are stored, each once");
    // Which ticket each message is in, by its words.
    let items = at.query("select body, ticket_id from timeline_items where kind = 1 order by id");
    let mut seen = vec![0_usize; MESSAGES];
    let mut tickets: BTreeMap<(&str, usize), BTreeSet<i64>> = BTreeMap::new();
    for item in &items {
        let words: Vec<&str> = item[0].as_str().unwrap().split(' ').collect();
        let number: usize = words[1].parse().unwrap();
        let (platform, said) = storm.said(number);
        assert_eq!(item[0], said.text().as_str());
        seen[number] += 1;
        let place = tickets.entry((platform.name, said.conversation)).or_default();
        place.insert(item[1].as_i64().unwrap());
    }
    let lost = seen.iter().filter(|times| **times == 0).count();
    let doubled = seen.iter().filter(|times| **times > 1).count();
    let conversations = storm.platforms.len() * CONVERSATIONS;
    println!(
        "{}: {} messages of {MESSAGES}, {lost} lost, {doubled} doubled, {} conversations",
        at.database.name(),
        items.len(),
        tickets.len(),
    );
    assert_eq!((items.len(), lost, doubled), (MESSAGES, 0, 0));
    assert!(tickets.values().all(|tickets| tickets.len() == 1), "{tickets:?}");
    let different: BTreeSet<i64> = tickets.values().flatten().copied().collect();
    assert_eq!((tickets.len(), different.len()), (conversations, conversations));
    assert_eq!(at.number("select count(*) from tickets"), conversations as i64);
    assert_eq!(at.number("select count(*) from customers"), conversations as i64);
}
