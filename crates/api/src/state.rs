//! What every request can reach: the use cases, the settings, the keys and the gauges.

use std::sync::Arc;

use throughline_app::App;
use throughline_app::feed::Feed;

use crate::auth::Tokens;
use crate::fallback::RouteTable;
use crate::metrics::Metrics;
use crate::refusals::Refusals;
use crate::settings::ApiSettings;

/// The state of the API, one per process.
pub struct ApiState {
    /// The use cases.
    pub app: App,
    /// The settings.
    pub settings: ApiSettings,
    /// Makes and reads access tokens.
    pub tokens: Tokens,
    /// Counts what happens.
    pub metrics: Metrics,
    /// What hooks refused.
    pub refusals: Refusals,
    /// The addresses, their methods and parameters, as the document has them.
    pub routes: RouteTable,
    /// Hands out live events; runs while the server does.
    pub feed: Feed,
    /// The OpenAPI document as JSON.
    pub document: Arc<str>,
}

impl ApiState {
    /// Puts the parts together; fails only when a metric cannot be registered.
    pub fn new(app: App, settings: ApiSettings) -> std::io::Result<Self> {
        let document = crate::document::build();
        Ok(Self {
            feed: Feed::new(app.clone(), settings.feed.clone()),
            refusals: Refusals::new(app.now()),
            app,
            tokens: Tokens::new(&settings.token_key, settings.access_token_minutes),
            metrics: Metrics::new().map_err(std::io::Error::other)?,
            routes: RouteTable::new(&document),
            document: crate::document::to_json(&document).into(),
            settings,
        })
    }
}
