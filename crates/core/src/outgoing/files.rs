//! Files of replies: which a platform takes, as far as it can be known before they are sent. Pure.

use super::ChatWay;

/// How a platform gets at the files of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// It takes none.
    None,
    /// They are sent to it.
    Sent,
    /// It fetches them by itself, from an address that anybody who knows it can read.
    Fetched,
}

/// What is known of a file before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLooks<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its media type.
    pub media_type: &'a str,
    /// Its size in bytes.
    pub size: i64,
}

/// What a platform takes in one place.
struct Taken {
    /// The most files of one reply; no bound but that of messages where there is none.
    count: Option<usize>,
    /// How large a file may be in bytes, by its media type; the first that fits counts. A type that ends
    /// with a slash stands for all below it.
    kinds: &'static [(&'static str, i64)],
    /// In words, for people.
    words: &'static str,
}

const MEGABYTE: i64 = 1_000_000;

/// Twilio, "Accepted content types for media": 5 MB for MMS. HTML and scripts are none of them, so that no
/// link leads a browser to any.
const MMS: Taken = Taken {
    count: None,
    kinds: &[
        ("image/svg+xml", 0),
        ("image/webp", 0),
        ("image/", 5 * MEGABYTE),
        ("audio/", 5 * MEGABYTE),
        ("video/", 5 * MEGABYTE),
        ("text/vcard", 5 * MEGABYTE),
        ("text/x-vcard", 5 * MEGABYTE),
        ("text/csv", 5 * MEGABYTE),
        ("text/rtf", 5 * MEGABYTE),
        ("text/calendar", 5 * MEGABYTE),
        ("application/pdf", 5 * MEGABYTE),
        ("application/vcard", 5 * MEGABYTE),
    ],
    words: "MMS takes pictures, sound, films, PDF, vCard, CSV, RTF and calendars of up to 5 MB each",
};

/// Twilio, "Guidance on WhatsApp media messages": 16 MB, pictures 5 MB.
const WHATSAPP_AT_TWILIO: Taken = Taken {
    count: None,
    kinds: &[
        ("image/jpeg", 5 * MEGABYTE),
        ("image/png", 5 * MEGABYTE),
        ("audio/ogg", 16 * MEGABYTE),
        ("audio/amr", 16 * MEGABYTE),
        ("audio/3gpp", 16 * MEGABYTE),
        ("audio/aac", 16 * MEGABYTE),
        ("audio/mpeg", 16 * MEGABYTE),
        ("video/mp4", 16 * MEGABYTE),
        ("text/vcard", 16 * MEGABYTE),
        ("application/pdf", 16 * MEGABYTE),
        ("application/msword", 16 * MEGABYTE),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", 16 * MEGABYTE),
        (
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            16 * MEGABYTE,
        ),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 16 * MEGABYTE),
    ],
    words: "WhatsApp by Twilio takes JPEG and PNG of up to 5 MB; OGG, AMR, 3GP, AAC, MP3, MP4, PDF, DOC, \
            DOCX, PPTX, XLSX and vCard of up to 16 MB",
};

/// What a server takes where its admin changed nothing. It says itself what it does not take.
const MASTODON: Taken = Taken {
    count: Some(4),
    kinds: &[
        ("image/svg+xml", 0),
        ("image/", 16 * 1024 * 1024),
        ("video/", 99 * 1024 * 1024),
        ("audio/", 99 * 1024 * 1024),
    ],
    words: "Mastodon takes up to four pictures of 16 MB each, or one film or sound",
};

/// The lexicon `app.bsky.embed.images`: four, of up to 2 MB each, which was 1 MB before 2026.
const BLUESKY: Taken = Taken {
    count: Some(4),
    kinds: &[("image/svg+xml", 0), ("image/", 2 * MEGABYTE)],
    words: "Bluesky takes up to four pictures of up to 2 MB each",
};

/// Why files cannot go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileMisfit {
    /// There are too many.
    #[error("{given} files are too many: {words}")]
    TooMany {
        /// How many there are.
        given: usize,
        /// What the platform takes.
        words: &'static str,
    },
    /// One of them is too large.
    #[error("{name} has {size} bytes and may have {most}: {words}")]
    TooLarge {
        /// Which one.
        name: String,
        /// Its size in bytes.
        size: i64,
        /// How large it may be.
        most: i64,
        /// What the platform takes.
        words: &'static str,
    },
    /// One of them is of a kind that is not taken.
    #[error("{name} is of the kind {media_type}, which does not go: {words}")]
    OtherKind {
        /// Which one.
        name: String,
        /// Its media type.
        media_type: String,
        /// What the platform takes.
        words: &'static str,
    },
    /// A film or sound goes alone.
    #[error("{name} goes alone, without other files: {words}")]
    NotAlone {
        /// Which one.
        name: String,
        /// What the platform takes.
        words: &'static str,
    },
}

impl ChatWay {
    /// Whether files go with a reply.
    pub fn takes_files(&self) -> bool {
        self.files != Files::None
    }

    /// How many messages a text and as many files become: posts carry files with them.
    pub fn messages(&self, text: &str, files: usize) -> usize {
        let own = if self.shows_files_in_text() { 0 } else { files };
        self.length.map_or(1, |length| length.split(text.trim_end()).len() + own)
    }

    fn shows_files_in_text(&self) -> bool {
        matches!(self.kind, "mastodon" | "bluesky")
    }

    /// Refuses files that the platform would not take in this conversation.
    ///
    /// # Errors
    /// When there is one, with what the platform takes.
    pub fn check_files(
        &self,
        conversation: &str,
        files: &[FileLooks<'_>],
    ) -> Result<(), FileMisfit> {
        let taken = match self.kind {
            "twilio" if self.has_window(conversation) => &WHATSAPP_AT_TWILIO,
            "twilio" => &MMS,
            "mastodon" => &MASTODON,
            "bluesky" => &BLUESKY,
            _ => return Ok(()),
        };
        taken.check(files)
    }
}

impl Taken {
    fn check(&self, files: &[FileLooks<'_>]) -> Result<(), FileMisfit> {
        let words = self.words;
        if self.count.is_some_and(|most| files.len() > most) {
            return Err(FileMisfit::TooMany { given: files.len(), words });
        }
        for file in files {
            let (name, media_type) = (file.name.to_owned(), essence(file.media_type));
            match self.most(&media_type) {
                None | Some(0) => return Err(FileMisfit::OtherKind { name, media_type, words }),
                Some(most) if file.size > most => {
                    return Err(FileMisfit::TooLarge { name, size: file.size, most, words });
                }
                Some(_) => {}
            }
            let is_played = !media_type.starts_with("image/");
            if self.count.is_some() && is_played && files.len() > 1 {
                return Err(FileMisfit::NotAlone { name, words });
            }
        }
        Ok(())
    }

    fn most(&self, media_type: &str) -> Option<i64> {
        let fits = |(kind, _): &&(&str, i64)| match kind.ends_with('/') {
            true => media_type.starts_with(kind),
            false => media_type == *kind,
        };
        self.kinds.iter().find(fits).map(|(_, most)| *most)
    }
}

/// A media type without its parameters.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outgoing::chat_way;

    fn file(media_type: &str, size: i64) -> FileLooks<'_> {
        FileLooks { name: "a", media_type, size }
    }

    fn check(kind: &str, conversation: &str, files: &[FileLooks<'_>]) -> Result<(), FileMisfit> {
        chat_way(kind).unwrap().check_files(conversation, files)
    }

    #[test]
    fn what_twilio_takes_depends_on_the_way() {
        let (sms, whatsapp) = ("+1:+2", "whatsapp:+1:whatsapp:+2");
        let six = file("video/mp4", 6_000_000);
        assert!(matches!(
            check("twilio", sms, &[six]),
            Err(FileMisfit::TooLarge { most: 5_000_000, .. })
        ));
        assert_eq!(check("twilio", whatsapp, &[six]), Ok(()));
        assert_eq!(check("twilio", sms, &[file("image/gif", 9)]), Ok(()));
        assert!(check("twilio", whatsapp, &[file("image/gif", 9)]).is_err());
        assert_eq!(check("twilio", whatsapp, &[file("Audio/OGG; codecs=opus", 9)]), Ok(()));
        // Nothing that a browser would run gets a link.
        for kind in
            ["text/html", "image/svg+xml", "application/javascript", "text/xml", "", "image"]
        {
            for conversation in [sms, whatsapp] {
                let refused = check("twilio", conversation, &[file(kind, 9)]);
                assert!(matches!(refused, Err(FileMisfit::OtherKind { .. })), "{kind}");
            }
        }
    }

    #[test]
    fn posts_carry_four_pictures_or_one_film() {
        let pictures = vec![file("image/png", 900_000); 4];
        for kind in ["mastodon", "bluesky"] {
            assert_eq!(check(kind, "x", &pictures), Ok(()));
            let five = [pictures.clone(), vec![file("image/png", 1)]].concat();
            assert!(matches!(check(kind, "x", &five), Err(FileMisfit::TooMany { given: 5, .. })));
        }
        assert!(check("bluesky", "x", &[file("image/png", 2_000_001)]).is_err());
        assert!(check("bluesky", "x", &[file("video/mp4", 9)]).is_err());
        assert_eq!(check("mastodon", "x", &[file("video/mp4", 9)]), Ok(()));
        let mixed = [file("image/png", 9), file("audio/ogg", 9)];
        assert!(matches!(check("mastodon", "x", &mixed), Err(FileMisfit::NotAlone { .. })));
        assert_eq!(check("telegram", "x", &[file("text/html", 9)]), Ok(()));
    }
}
