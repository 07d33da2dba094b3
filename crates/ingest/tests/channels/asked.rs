//! A platform that is asked, as tests play it: questions go to a function, and what is found is kept.

use serde_json::Value;
use throughline_core::time::Instant;
use throughline_ingest::hooks::Account;
use throughline_ingest::poll::{Answer, Found, Place, Poll, Question, Trouble};
use throughline_ingest::registry;

/// What a platform says: a status, headers and a body.
pub struct Said {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A good answer.
pub fn says(body: &Value) -> Said {
    Said { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() }
}

/// Another answer.
pub fn fails(status: u16) -> Said {
    Said { status, headers: Vec::new(), body: b"{}".to_vec() }
}

/// An inbox of a channel that is asked, and how far it has come.
pub struct Asked {
    pub account: Account,
    pub place: Place,
    /// Now, in seconds since 1970.
    pub now: i64,
    /// The questions, each as its method and address.
    pub questions: Vec<String>,
    poll: &'static dyn Poll,
}

impl Asked {
    pub fn new(channel: &str, account: Account) -> Self {
        let poll = registry::named(channel).and_then(|kind| kind.poll).expect("it is asked");
        assert!(poll.is_wanted(&account), "it is to be asked");
        let questions = Vec::new();
        Self { account, place: Place::default(), now: 1_795_160_000, questions, poll }
    }

    fn at(&self) -> Instant {
        Instant::from_micros(self.now * 1_000_000)
    }

    /// The next question.
    #[track_caller]
    pub fn question(&self) -> Question {
        self.poll.ask(&self.account, &self.place, self.at()).expect("a question")
    }

    /// One question and its answer. Says whether there is more.
    pub fn step(
        &mut self,
        said: impl Fn(&Question) -> Said,
    ) -> Result<(Vec<Found>, bool), Trouble> {
        let question = self.poll.ask(&self.account, &self.place, self.at())?;
        self.questions.push(format!("{} {}", question.method, question.url));
        let Said { status, headers, body } = said(&question);
        let answer = Answer { status, headers: &headers, body: &body, at: self.at() };
        let news = self.poll.read(&self.account, &self.place, &answer)?;
        self.place = news.place;
        // What is remembered for ever goes through a database, what is remembered meanwhile does not.
        let cursor = self.place.cursor.to_string();
        self.place.cursor = serde_json::from_str(&cursor).expect("JSON");
        Ok((news.found, news.more))
    }

    /// Asks until there is no more; what was found.
    #[track_caller]
    pub fn round(&mut self, said: impl Fn(&Question) -> Said) -> Vec<Found> {
        self.questions.clear();
        let mut all = Vec::new();
        for _ in 0..500 {
            let (found, more) = self.step(&said).expect("an answer");
            all.extend(found);
            if !more {
                return all;
            }
        }
        panic!("it asks for ever: {:?}", self.questions.last());
    }

    /// As after the program was started anew.
    pub fn restart(&mut self) {
        self.place.session = Value::Null;
    }
}

/// The names of what was found.
pub fn names(found: &[Found]) -> Vec<&str> {
    found.iter().filter_map(|found| found.name.as_deref()).collect()
}
