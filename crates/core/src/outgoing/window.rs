//! WhatsApp's window: what may be written to a customer depends on when they last wrote.

use crate::time::Instant;

/// How long a customer may be written to after each message of theirs.
const SECONDS: i64 = 24 * 60 * 60;

/// What may be written now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Any text, before this instant.
    Free {
        /// When the window closes.
        until: Instant,
    },
    /// Only a template that the platform has approved.
    TemplateOnly,
}

/// What may be written to a customer whose last message came then; `None` when there is none.
pub fn window(last_inbound: Option<Instant>, now: Instant) -> Window {
    let until = last_inbound.map(|last| last.plus_seconds(SECONDS));
    match until.filter(|until| now < *until) {
        Some(until) => Window::Free { until },
        None => Window::TemplateOnly,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_open_for_a_day_and_not_a_moment_longer() {
        let wrote = Instant::from_micros(1_790_000_000_000_000);
        let until = wrote.plus_seconds(86_400);
        assert_eq!(window(Some(wrote), wrote), Window::Free { until });
        assert_eq!(window(Some(wrote), wrote.plus_seconds(86_399)), Window::Free { until });
        assert_eq!(window(Some(wrote), until), Window::TemplateOnly);
        assert_eq!(window(None, wrote), Window::TemplateOnly);
        // A clock of the platform that is ahead of ours closes nothing.
        let early = wrote.plus_seconds(-5);
        assert_eq!(window(Some(wrote), early), Window::Free { until });
    }
}
