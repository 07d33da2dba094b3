//! The way to one file: the platform is asked where it lies, redirects are followed by hand, and each address
//! is looked at anew: whether it may be reached at all, and whether the platform's credentials may go there.

use throughline_app::channels::Connected;
use throughline_app::remote_files::{Due, Tried};
use throughline_core::inbound::{FileAt, RemoteFile};
use throughline_core::time::Instant;
use throughline_ingest::fetch::{Fetch, Lies, Trouble, redirect};
use throughline_ingest::hooks::Account;
use throughline_ingest::poll::{Answer, Question};
use throughline_ingest::registry;
use throughline_outbound::fetch::{Ask, Got, Missed};

use super::FileAccess;

/// How often an address may send on.
const MOST_REDIRECTS: usize = 5;
/// The most that is read of an answer of a platform's API, in bytes.
const MOST_TOLD: u64 = 256 * 1024;
const MEBIBYTE: u64 = 1024 * 1024;

/// Fetches a file, or says why there is none.
pub(super) async fn fetch(
    access: &FileAccess,
    due: &Due,
    file: &RemoteFile,
    now: Instant,
) -> Tried {
    let way = match &due.account {
        Ok(connected) => Way::new(access, connected, now),
        Err(why) => Err(Trouble::Later { why: why.clone(), after_seconds: None }),
    };
    let came = match way {
        Ok(way) => way.to(file).await,
        Err(trouble) => Err(trouble),
    };
    came.unwrap_or_else(|trouble| match trouble {
        Trouble::Later { why, after_seconds } => Tried::Later { words: why, after_seconds },
        Trouble::Lost(why) => Tried::Lost(why),
        Trouble::TooLarge(why) => Tried::TooLarge(why),
    })
}

struct Way<'a> {
    access: &'a FileAccess,
    channel: &'static dyn Fetch,
    account: Account,
    now: Instant,
}

impl<'a> Way<'a> {
    fn new(access: &'a FileAccess, connected: &Connected, now: Instant) -> Result<Self, Trouble> {
        let Connected { inbox: _, kind, settings, secrets } = connected;
        let channel = registry::named(kind).and_then(|known| known.files);
        let channel = channel.ok_or_else(|| {
            Trouble::Lost(format!("no files are fetched from the channel {kind}"))
        })?;
        let open = |(name, values): (&String, &Vec<throughline_app::Secret>)| {
            (name.clone(), values.iter().map(|value| value.expose().to_owned()).collect())
        };
        let secrets = secrets.iter().map(open).collect();
        Ok(Self { access, channel, account: Account { settings: settings.clone(), secrets }, now })
    }

    async fn to(&self, file: &RemoteFile) -> Result<Tried, Trouble> {
        file.size.map_or(Ok(()), |size| self.is_taken(size))?;
        let lies = match &file.at {
            FileAt::Url(url) | FileAt::GuardedUrl(url) => {
                Lies { url: url.clone(), ..Lies::default() }
            }
            FileAt::Id(id) => match self.channel.known(&self.account, &self.access.reach, id) {
                Some(lies) => lies?,
                None => self.find(id).await?,
            },
        };
        lies.size.map_or(Ok(()), |size| self.is_taken(size))?;
        let got = self.follow(file, &lies.url).await?;
        if lies.size.is_some_and(|size| (got.body.len() as u64) < size) {
            return Err(later("it came shorter than the platform says that it is"));
        }
        let said = got.headers.iter().find(|(name, _)| name == "content-type");
        let media_type = lies.media_type.or_else(|| said.map(|(_, value)| value.clone()));
        Ok(Tried::Came { bytes: got.body, name: lies.name, media_type })
    }

    /// Asks the platform where a file lies.
    async fn find(&self, id: &str) -> Result<Lies, Trouble> {
        let question = self.channel.find(&self.account, &self.access.reach, id)?;
        let got = self.ask(question, MOST_TOLD).await?;
        self.channel.found(&self.account, &self.access.reach, &self.answer(&got))
    }

    /// Asks for the file itself, and goes on to where it is sent.
    async fn follow(&self, file: &RemoteFile, first: &str) -> Result<Got, Trouble> {
        let mut url = first.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let question = self.channel.get(&self.account, &self.access.reach, &url)?;
            let got = self.ask(question, self.access.most).await?;
            match redirect(&url, &self.answer(&got))? {
                Some(next) => url = next,
                None => return self.channel.look(file, &self.answer(&got)).map(|()| got),
            }
        }
        Err(Trouble::Lost(format!("its address sends on more than {MOST_REDIRECTS} times")))
    }

    async fn ask(&self, question: Question, most: u64) -> Result<Got, Trouble> {
        let Question { method, url, headers, body, wait_seconds: _ } = question;
        let asked = self.access.fetcher.fetch(Ask { method, url, headers, body }, most).await;
        asked.map_err(|missed| match missed {
            Missed::Refused(why) => Trouble::Lost(format!("its address is not reached: {why}")),
            Missed::TooLarge(size) => self.too_large(size),
            Missed::Failed(why) => later(&why),
        })
    }

    fn answer<'b>(&self, got: &'b Got) -> Answer<'b> {
        Answer { status: got.status, headers: &got.headers, body: &got.body, at: self.now }
    }

    fn is_taken(&self, size: u64) -> Result<(), Trouble> {
        self.channel.hands_out(size)?;
        if size > self.access.most { Err(self.too_large(Some(size))) } else { Ok(()) }
    }

    fn too_large(&self, size: Option<u64>) -> Trouble {
        let most = self.access.most / MEBIBYTE;
        let has = size.map(|size| format!(" It has {size} bytes.")).unwrap_or_default();
        Trouble::TooLarge(format!(
            "it is larger than {most} MiB, which is the most that is taken here \
             (channels.max_file_mib).{has}"
        ))
    }
}

fn later(why: &str) -> Trouble {
    Trouble::Later { why: why.to_owned(), after_seconds: None }
}
