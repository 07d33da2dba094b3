//! Webhooks as this node serves them: what holds for them, and how their receivers are reached.

use std::sync::Arc;
use std::time::Duration;

use throughline_api::WireShape;
use throughline_app::App;
use throughline_app::webhooks::{Courier, Rules};
use throughline_outbound::webhook::{Client, ClientOptions};
use throughline_worker::webhooks::{HttpCourier, Settings as Serving, Webhooks};

use crate::config::Settings;
use crate::error::Failure;
use crate::mail_access::extra_roots;

/// How much longer than one message may take a webhook is held between two.
const MARGIN: Duration = Duration::from_secs(30);

/// What holds for webhooks by these settings.
pub fn rules(settings: &Settings) -> Rules {
    let webhooks = &settings.webhooks;
    Rules {
        allow_private: webhooks.allow_private,
        pause_after_days: webhooks.pause_after_days,
        keep_attempts_days: webhooks.keep_attempts_days,
    }
}

/// How others are reached by HTTP. Fails when the file of own certificates cannot be read.
pub fn options(settings: &Settings) -> Result<ClientOptions, Failure> {
    let webhooks = &settings.webhooks;
    Ok(ClientOptions {
        allow_private: webhooks.allow_private,
        limit: Duration::from_secs(webhooks.timeout_seconds),
        extra_roots: extra_roots("webhooks", &webhooks.extra_roots)?,
    })
}

/// What sends messages. Fails when the file of own certificates cannot be used.
pub fn courier(settings: &Settings) -> Result<Arc<dyn Courier>, Failure> {
    let unusable = |error| Failure::configuration(format!("webhooks.extra_roots: {error}"));
    Ok(Arc::new(HttpCourier::new(Client::new(&options(settings)?).map_err(unusable)?)))
}

/// What serves webhooks where a worker runs.
pub fn serving(settings: &Settings, app: &App) -> Result<Webhooks, Failure> {
    let failing = (settings.webhooks.at_once / 4).max(1);
    let how = Serving {
        at_once: settings.webhooks.at_once.saturating_sub(failing).max(1),
        failing_at_once: failing,
        lease: Duration::from_secs(settings.webhooks.timeout_seconds) + MARGIN,
        poll: Duration::from_millis(settings.worker.poll_ms),
        ..Serving::default()
    };
    Ok(Webhooks::new(app.clone(), courier(settings)?, Arc::new(WireShape), how))
}
