//! One connection of the scripted server.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{At, Do, State, Taken};

struct Session {
    stream: BufReader<TcpStream>,
    state: Arc<Mutex<State>>,
    from: String,
    to: Vec<String>,
    clean: bool,
}

/// Serves until either side closes.
pub(super) async fn serve(tcp: TcpStream, state: Arc<Mutex<State>>) {
    {
        let mut state = state.lock().expect("the state");
        state.connections += 1;
        state.open += 1;
        state.most_open = state.most_open.max(state.open);
    }
    let stream = BufReader::new(tcp);
    let counted = Arc::clone(&state);
    let mut session = Session { stream, state, from: String::new(), to: Vec::new(), clean: true };
    let _ = session.run().await;
    drop(session);
    counted.lock().expect("the state").open -= 1;
}

fn ended() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

impl Session {
    async fn run(&mut self) -> io::Result<()> {
        self.answer(At::Greeting, "", "220 scripted.test ESMTP").await?;
        loop {
            let line = self.line().await?;
            let line = String::from_utf8_lossy(&line).trim_end().to_string();
            self.command(&line).await?;
        }
    }

    async fn command(&mut self, line: &str) -> io::Result<()> {
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => {
                let ehlo = self.ehlo();
                self.answer(At::Ehlo, line, &ehlo).await.map(drop)
            }
            "STAR" => self.answer(At::StartTls, line, "502 unknown").await.map(drop),
            "AUTH" => self.auth(line).await,
            "MAIL" => {
                (self.from, self.to) = (address(line), Vec::new());
                self.answer(At::Mail, line, "250 sender ok").await.map(drop)
            }
            "RCPT" => {
                if self.answer(At::Rcpt, line, "250 recipient ok").await?.starts_with('2') {
                    self.to.push(address(line));
                }
                Ok(())
            }
            "DATA" => self.data(line).await,
            "QUIT" => {
                self.write("221 bye").await?;
                Err(ended())
            }
            "NOOP" | "RSET" => self.write("250 ok").await,
            _ => self.write("500 what?").await,
        }
    }

    fn ehlo(&self) -> String {
        let state = self.state.lock().expect("the state");
        let mut lines = vec!["scripted.test".to_string()];
        lines.extend(state.extensions.iter().cloned());
        let last = lines.len() - 1;
        let numbered = lines.iter().enumerate().map(|(i, line)| match i == last {
            true => format!("250 {line}"),
            false => format!("250-{line}"),
        });
        numbered.collect::<Vec<_>>().join("\r\n")
    }

    /// PLAIN and XOAUTH2 bring all in the first line; LOGIN is asked for name and password.
    async fn auth(&mut self, line: &str) -> io::Result<()> {
        self.state.lock().expect("the state").logins.push(line.to_string());
        if line.eq_ignore_ascii_case("AUTH LOGIN") {
            // "Username:" and "Password:" in base64.
            for question in ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"] {
                self.write(question).await?;
                let answer = String::from_utf8_lossy(&self.line().await?).trim_end().to_string();
                self.state.lock().expect("the state").logins.push(answer);
            }
        }
        let mut said = self.answer(At::Auth, line, "235 welcome").await?;
        while said.starts_with("334") {
            let answer = String::from_utf8_lossy(&self.line().await?).trim_end().to_string();
            self.state.lock().expect("the state").logins.push(answer);
            said = self.answer(At::Auth, "(challenge)", "535 wrong").await?;
        }
        Ok(())
    }

    async fn data(&mut self, line: &str) -> io::Result<()> {
        if !self.answer(At::Data, line, "354 go").await?.starts_with("354") {
            return Ok(());
        }
        let bytes = self.content().await?;
        let (from, to) = (self.from.clone(), self.to.clone());
        let mail = Taken { from, to, bytes, clean_line_ends: self.clean };
        // Rules at the end see the mail, so that they can name one of many.
        let text = String::from_utf8_lossy(&mail.bytes).into_owned();
        let rule = self.rule(At::End, &text);
        let takes = match &rule {
            None | Some(Do::Hang | Do::Close) => true,
            Some(Do::Answer(line) | Do::AnswerLate(_, line) | Do::AnswerAndClose(line)) => {
                line.starts_with('2')
            }
        };
        if takes {
            self.state.lock().expect("the state").mails.push(mail);
        }
        self.perform(rule, "250 taken").await.map(drop)
    }

    async fn content(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            let line = self.line().await?;
            self.clean &= line.ends_with(b"\r\n");
            match line.strip_prefix(b".") {
                Some(b"\r\n") => return Ok(bytes),
                Some(rest) => bytes.extend_from_slice(rest),
                None => bytes.extend_from_slice(&line),
            }
        }
    }

    async fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        match self.stream.read_until(b'\n', &mut line).await? {
            0 => Err(ended()),
            _ => Ok(line),
        }
    }

    fn rule(&self, at: At, line: &str) -> Option<Do> {
        let mut state = self.state.lock().expect("the state");
        let fits = |rule: &&mut super::Rule| {
            rule.at == at && rule.left != Some(0) && line.contains(&rule.containing)
        };
        let rule = state.rules.iter_mut().find(fits)?;
        rule.left = rule.left.map(|left| left - 1);
        Some(rule.then.clone())
    }

    async fn answer(&mut self, at: At, line: &str, usual: &str) -> io::Result<String> {
        let rule = self.rule(at, line);
        self.perform(rule, usual).await
    }

    /// Yields what was answered.
    async fn perform(&mut self, rule: Option<Do>, usual: &str) -> io::Result<String> {
        let line = match rule {
            None => usual.to_string(),
            Some(Do::Answer(line)) => line,
            Some(Do::AnswerLate(wait, line)) => {
                tokio::time::sleep(wait).await;
                line
            }
            Some(Do::AnswerAndClose(line)) => {
                self.write(&line).await?;
                return Err(ended());
            }
            Some(Do::Close) => return Err(ended()),
            Some(Do::Hang) => {
                // Until the client leaves.
                while self.line().await.is_ok() {}
                return Err(ended());
            }
        };
        self.write(&line).await?;
        Ok(line)
    }

    async fn write(&mut self, line: &str) -> io::Result<()> {
        let line = format!("{line}\r\n");
        self.stream.get_mut().write_all(line.as_bytes()).await
    }
}

fn address(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map(|(address, _)| address.to_string()).unwrap_or_default()
}
